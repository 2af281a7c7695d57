"""Care days on leave (permission): a day that falls wholly inside a leave is marked (specification 1.3)."""

import polars as pl

from hemgang.liability.clause_days import DAY


def with_leaves(days: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Add `on_leave`: whether the whole date, 00:00 to 00:00, lies in a leave of the patient."""
    away = leave_days(periods.filter(pl.col("row").is_in(days.filter(pl.col("leaves")).get_column("row").implode())))
    if away.is_empty():
        return days.with_columns(on_leave=pl.lit(False))
    marked = away.select("row", "first", "last").with_columns(on_leave=pl.lit(True))
    on_leave = days.select("row", "day").join(marked, on="row", how="inner")
    on_leave = on_leave.filter(pl.col("day").is_between("first", "last")).select("row", "day", "on_leave").unique()
    joined = days.join(on_leave, on=("row", "day"), how="left", maintain_order="left")
    return joined.with_columns(pl.col("on_leave").fill_null(False))


def leave_days(periods: pl.DataFrame) -> pl.DataFrame:
    """Return the leaves of periods: `row`, the first and last whole date as day numbers, and the `messages`."""
    told = periods.filter(pl.col("leaves").is_not_null()).select("row", "leaves").explode("leaves").unnest("leaves")
    return told.select("row", pl.col("first").cast(DAY), pl.col("last").cast(DAY), "messages")
