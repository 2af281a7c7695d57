"""The care days of ready periods under one clause, as columns of day numbers (specification 4.1, 4.2).

A day number counts days from 1970-01-01. Care day n begins on `day0 + n - 1`.
"""

from datetime import date, time

import polars as pl

from agreements.clause import Attribution, ChargeKind, Clause, DayUnit
from calendars.day_table import nth_weekday_after

DAY = pl.Int32
EPOCH = date(1970, 1, 1)
"""Day number 0."""


def day0(cutoff: time | None) -> pl.Expr:
    """Return the clock date: the later of `ready_on` and the notice's date, that one day later after a cut-off.

    Exactly at the cut-off is not after it.
    """
    if cutoff is None:
        return pl.col("began").cast(DAY)
    sent_on = pl.col("sent_on").cast(DAY) + (pl.col("sent_clock") > cutoff).cast(DAY)
    return pl.max_horizontal(pl.col("ready_on").cast(DAY), sent_on)


def end_day(today: int) -> pl.Expr:
    """Return the date on which no care day begins any more: that of the end, today while the period is open."""
    return pl.col("left_on").cast(DAY).fill_null(today)


def days(cutoff: time | None, today: int) -> pl.Expr:
    """Return d, whole calendar days from the clock date to the end, never below 0."""
    return (end_day(today) - day0(cutoff)).clip(lower_bound=0)


def left_out(clause: Clause) -> pl.Expr:
    """Tell of which periods no care day counts, because of what ended them."""
    return (~pl.col("end_kind").is_in(clause.ends_counted)).fill_null(False)


def attributed(clause: Clause) -> pl.Expr:
    """Tell which periods the clause says anything of: an open one only if it counts, and by care day."""
    ended = pl.col("end_kind").is_not_null()
    if clause.open_counted and clause.attribution is Attribution.CARE_DAY:
        return pl.lit(True)
    return ended


def charged_from(clause: Clause) -> pl.Expr | None:
    """Return the first date whose care day is beyond the free ones, None where the clause charges no single day.

    With weekdays as the unit that is the date of the f-th weekday after the clock date.
    """
    if clause.charge.kind is not ChargeKind.INDIVIDUAL:
        return None
    free = clause.charge.free_care_days
    match clause.charge.unit:
        case DayUnit.CALENDAR_DAY:
            return day0(clause.cutoff) + free
        case DayUnit.WEEKDAY:
            return day0(clause.cutoff).map_batches(lambda column: _after_weekdays(column, free), return_dtype=DAY)


def charges_a_day(clause: Clause, today: int) -> pl.Expr:
    """Tell of which periods the clause, before any gate, charges at least one care day."""
    first = charged_from(clause)
    if first is None:
        return pl.lit(False)
    return attributed(clause) & ~left_out(clause) & (end_day(today) > first)


def _after_weekdays(column: pl.Series, free: int) -> pl.Series:
    found = nth_weekday_after(column.to_numpy().astype("datetime64[D]"), free) if free else column.to_numpy()
    return pl.Series(found.astype("datetime64[D]").astype("int64"), dtype=pl.Int64).cast(DAY)
