"""Portions of a table of ready periods: whole regions, so that a country of any size is evaluated in bounded memory."""

from collections.abc import Iterator

import polars as pl

AT_ONCE = 1_500_000
"""Rows: about 1 GiB of memory while they are evaluated."""


def portions(periods: pl.DataFrame, *, at_once: int = AT_ONCE) -> Iterator[pl.DataFrame]:
    """Yield the table in parts of whole regions, each of at most `at_once` rows where regions are smaller than that.

    Nothing in one region decides about another, so the parts can be evaluated one after the other.
    """
    if periods.height <= at_once:
        yield periods
        return
    sizes = periods.group_by("region").len().sort("region", nulls_last=True)
    regions: list[str | None] = []
    rows = 0
    for region, size in sizes.iter_rows():
        if regions and rows + size > at_once:
            yield periods.filter(pl.col("region").is_in(pl.Series(regions).implode(), nulls_equal=True))
            regions, rows = [], 0
        regions.append(region)
        rows += size
    if regions:
        yield periods.filter(pl.col("region").is_in(pl.Series(regions).implode(), nulls_equal=True))
