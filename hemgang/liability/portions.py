"""Portions of a table of ready periods: whole regions, so that a country of any size is evaluated in bounded memory."""

from collections.abc import Iterator

import polars as pl

AT_ONCE = 1_500_000
"""Rows: about 1 GiB of memory while they are evaluated."""


def portions(periods: pl.DataFrame | pl.LazyFrame, *, at_once: int = AT_ONCE) -> Iterator[pl.DataFrame]:
    """Yield the table in parts of whole regions, each of at most `at_once` rows where regions are smaller than that.

    Nothing in one region decides about another, so the parts can be evaluated one after the other. A lazy table, of
    files for instance, is never held as a whole.
    """
    table = periods.lazy()
    sizes = table.group_by("region").agg(pl.len()).collect(engine="streaming").sort("region", nulls_last=True)
    regions: list[str | None] = []
    rows = 0
    for region, size in sizes.iter_rows():
        if regions and rows + size > at_once:
            yield _of(table, regions)
            regions, rows = [], 0
        regions.append(region)
        rows += size
    if len(regions) == sizes.height:
        yield table.collect()
    elif regions:
        yield _of(table, regions)


def _of(table: pl.LazyFrame, regions: list[str | None]) -> pl.DataFrame:
    """Return the rows of regions that follow each other; by a range, so that files skip what lies outside it."""
    named = [region for region in regions if region is not None]
    wanted = pl.col("region").is_between(pl.lit(named[0]), pl.lit(named[-1])) if named else pl.lit(False)
    if None in regions:
        wanted = wanted | pl.col("region").is_null()
    return table.filter(wanted).collect()
