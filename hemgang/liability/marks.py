"""How outcomes, reasons and evidence stand in columns: as numbers and bits, and back."""

from collections.abc import Iterator
from enum import IntFlag
from functools import cache

import polars as pl

from hemgang.episode.model import EndKind
from hemgang.liability.conditions import Situation
from hemgang.liability.model import Outcome, Reason

OUTCOMES = tuple(Outcome)
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

    64 are never passed: an agreement has at most `agreements.clause.MOST_CLAUSES` in force, half of it, and a ruleset
    takes clauses of two days, each at most once.
    """
    widths: dict[int, type[pl.DataType]] = {8: pl.UInt8, 16: pl.UInt16, 32: pl.UInt32, 64: pl.UInt64}
    return next(width for most, width in widths.items() if clauses <= most)


def outcome_number(outcome: Outcome) -> int:
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
