"""The encoding of the closing's columns: day numbers, and the bits of outcomes, reasons and evidence (4.1, 4.2, 4.4).

A day number counts days from 1970-01-01; care day n begins on `day0 + n - 1`. The evidence bits of a row lead back to
the ids of the messages it rests on.
"""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from enum import IntFlag
from functools import cache
from typing import Any

import polars as pl

from agreements.model import Attribution, ChargeKind, Clause, DayUnit
from calendars.deadlines import nth_weekday_after
from hemgang.episode.model import EndKind
from hemgang.liability.model import DayOutcome, Reason, Situation

Period = Mapping[str, Any]
"""A row of the table of periods, by column."""


def messages_of(period: Period, rests: int, day: date) -> tuple[str, ...]:
    """Return the ids, sorted, that the bits name for the care day that begins on `day`; no message, no id."""
    found = {period[column] for column in _columns(rests)}
    if rests & Evidence.PAYER:
        found.add(_payer_message(period, day))
    if rests & Evidence.LEAVE:
        leaves = period["leaves"] or ()
        found.update(next((leave["messages"] for leave in leaves if leave["first"] <= day <= leave["last"]), ()))
    found.discard(None)
    return tuple(sorted(found))


@cache
def _columns(rests: int) -> tuple[str, ...]:
    """Return the columns that hold the messages of the bits; the payer's and a leave's go by the day instead."""
    by_day = Evidence.PAYER | Evidence.LEAVE
    return tuple(column for kind, column in COLUMN_OF.items() if rests & kind & ~by_day)


def _payer_message(period: Period, day: date) -> str | None:
    found: str | None = period["payer_message"]
    for span in period["payers"] or ():
        if span["since"] <= day:
            found = span["payer_message"]
    return found


@cache
def date_of(number: int) -> date:
    """Return the date of a day number.

    >>> date_of(0)
    datetime.date(1970, 1, 1)
    """
    return EPOCH + timedelta(days=number)


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


OUTCOMES = tuple(DayOutcome)
"""An outcome stands as its place here."""

REASONS: tuple[str, ...] = (
    Reason.WITHIN_FREE_CARE_DAYS,
    Reason.BEYOND_FREE_CARE_DAYS,
    Reason.EXEMPT,
    Reason.REPORT_ONLY,
    Reason.COUNTED_IN_MEAN,
    Reason.MEAN_ABOVE_THRESHOLD,
    Reason.PERIOD_WITHDRAWN,
    Reason.PERIOD_MOVED,
    Reason.PERIOD_DISCHARGED,
    Reason.PERIOD_DIED,
    Reason.PERIOD_CANCELLED,
    Situation.NO_ADMISSION_NOTICE,
    Situation.LATE_ADMISSION_NOTICE,
    Situation.NO_CARE_CONTACT,
    Situation.SIP_NOT_CALLED,
    Situation.SIP_NOT_YET_CALLED,
    Situation.SIP_CALLED_LATE,
    Situation.SIP_CALLED_BY_EXTENDED_DATE,
    Situation.SIP_NEED_UNKNOWN,
    Situation.OUTPATIENT_CARE_UNAVAILABLE,
    Situation.OUTPATIENT_CARE_UNKNOWN,
    Situation.NO_CARE_PLAN,
    Situation.UNKNOWN_PAYER,
    Situation.PAYER_NOT_VALID,
    Reason.ON_LEAVE,
)
"""A reason is the bit of its place here; a row says its reasons in this order."""

PERIOD_ENDED = {
    EndKind.WITHDRAWN: Reason.PERIOD_WITHDRAWN,
    EndKind.MOVED: Reason.PERIOD_MOVED,
    EndKind.DISCHARGED: Reason.PERIOD_DISCHARGED,
    EndKind.DIED: Reason.PERIOD_DIED,
    EndKind.CANCELLED: Reason.PERIOD_CANCELLED,
}


class Evidence(IntFlag):
    """Which messages of a ready period a row rests on; each names the column `<name>_message` of the table."""

    OPENED = 1
    NOTICE = 2
    PAYER = 4
    END = 8
    ADMISSION_NOTICE = 16
    CARE_CONTACT = 32
    SIP_CALL = 64
    SIP_NEED = 128
    OUTPATIENT = 256
    CARE_PLAN = 512
    LEAVE = 1024


COLUMN_OF = {kind: f"{name.lower()}_message" for name, kind in Evidence.__members__.items()}
"""The column that each kind of message stands in; a leave's stand in `leaves`."""


def lane_bits(clauses: int) -> type[pl.DataType]:
    """Return the narrowest column with a bit for each of so many clauses.

    64 are never passed: an agreement has at most `agreements.model.MOST_CLAUSES` in force, half of it, and a ruleset
    takes clauses of two days, each at most once.
    """
    widths: dict[int, type[pl.DataType]] = {8: pl.UInt8, 16: pl.UInt16, 32: pl.UInt32, 64: pl.UInt64}
    return next(width for most, width in widths.items() if clauses <= most)


def outcome_number(outcome: DayOutcome) -> int:
    """Return the number of an outcome."""
    return OUTCOMES.index(outcome)


@cache
def reason_bit(reason: str) -> int:
    """Return the bit of a reason or situation."""
    return 1 << REASONS.index(reason)


@cache
def reasons_of(bits: int) -> tuple[str, ...]:
    """Return the reasons whose bits are set, in order."""
    return tuple(str(reason) for place, reason in enumerate(REASONS) if bits >> place & 1)


def situations_of(bits: int) -> Iterator[Situation]:
    """Yield the situations whose bits are set, in order."""
    return (
        reason
        for reason in (REASONS[place] for place in range(len(REASONS)) if bits >> place & 1)
        if isinstance(reason, Situation)
    )
