"""Many copies of a month evaluated at once: each copy's payers bear the number of the copy, so that none mixes.

A payer `2326` is written `2326/~7` in copy 7: a district of its municipality to every rule, and its own month.
"""

from dataclasses import replace

import polars as pl

from hemgang.liability.month import Month
from hemgang.liability.population import earlier_months
from hemgang.liability.rulebook import Rulebook

MARK = "/~"


def copied(periods: pl.DataFrame) -> pl.DataFrame:
    """Return a table of periods with a column `path`, with the payers of each path as its own, without the column."""
    suffix = pl.concat_str(pl.lit(MARK), pl.col("path").cast(pl.String))
    named = periods.with_columns(pl.col("payer", "payer_began", "payer_left") + suffix)
    changing = named.with_row_index("row_of_path").filter(pl.col("payers").is_not_null())
    if changing.is_empty():
        return named.drop("path")
    spans = changing.select("row_of_path", "path", "payers").explode("payers")
    renamed = pl.col("payers").struct.with_fields(payer=pl.field("payer") + suffix)
    own = spans.with_columns(renamed).group_by("row_of_path", maintain_order=True).agg(pl.col("payers"))
    numbered = named.with_row_index("row_of_path").drop("payers")
    joined = numbered.join(own, on="row_of_path", how="left", maintain_order="left")
    return joined.select(periods.drop("path").columns)


def of_path(payer: str) -> tuple[str, int | None]:
    """Return the payer that a copy's payer stands for, and the number of the copy; None for no copy.

    >>> of_path("0180/Kista/~12")
    ('0180/Kista', 12)
    """
    own, mark, number = payer.rpartition(MARK)
    return (own, int(number)) if mark else (payer, None)


def decided(book: Rulebook, paths: int) -> Rulebook:
    """Return the rulebook with every joint decision taken for each of the copies too."""
    decisions = {
        (region, f"{payer}{MARK}{number}", clause, month)
        for region, payer, clause, month in book.decisions
        for number in range(paths)
    }
    return replace(book, decisions=book.decisions | decisions)


def touching(periods: pl.DataFrame, month: Month, book: Rulebook) -> pl.DataFrame:
    """Return the periods that a payer's month rests on: open, or ended in it or in a month that its gates ask for."""
    clauses = (clause for dated in book.agreements.dated.values() for clause in dated.clauses)
    months = max((clause.gate.months for clause in clauses), default=1)
    first = min((month, *earlier_months(month, months))).first
    return periods.filter(
        (pl.col("sent_on") <= month.last) & (pl.col("left_on").is_null() | (pl.col("left_on") >= first))
    )
