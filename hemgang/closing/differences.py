"""The difference between what was closed and what is known now, row by row, each with its cause (specification 4.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hemgang.closing.adjustments import Adjustment, Cause
from hemgang.liability.model import Row

RowKey = tuple[str, str, str, str]
"""Payer, episode, date and, for a row over a mean, its clause: what stays the same when an episode is corrected."""

NOTHING = (Fraction(0), Decimal("0.00"))
Paid = Mapping[RowKey, tuple[Fraction, Decimal]]
"""Care days and kronor of each row that is paid."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that would be paid otherwise now: care days and kronor are now's less what was closed."""

    payer: str
    episode: str
    date: str
    clause: str
    cause: Cause
    care_days: Fraction
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Later:
    """What came after a closing: episodes with new messages, those of them that correct, rows whose dispute ended."""

    episodes: frozenset[str]
    corrected: frozenset[str]
    settled: frozenset[RowKey]


def row_key(row: Row) -> RowKey:
    """Return what a row is compared by."""
    return row.payer, row.episode, row.date.isoformat(), "" if row.episode else row.clause


def paid(rows: Iterable[Row]) -> dict[RowKey, tuple[Fraction, Decimal]]:
    """Return care days and kronor of each row that charges anything."""
    return {row_key(row): (row.care_days, row.amount) for row in rows if row.care_days or row.amount}


def differences(before: Paid, now: Paid, later: Later) -> tuple[Difference, ...]:
    """Return every row that would be paid otherwise now, sorted by payer, episode and date."""
    found = []
    for key in sorted({*before, *now}):
        (days_before, kronor_before), (days_now, kronor_now) = before.get(key, NOTHING), now.get(key, NOTHING)
        if (days_before, kronor_before) != (days_now, kronor_now):
            payer, episode, day, clause = key
            change = (days_now - days_before, kronor_now - kronor_before)
            found.append(Difference(payer, episode, day, clause, _cause(key, later), *change))
    return tuple(found)


def _cause(key: RowKey, later: Later) -> Cause:
    """Return why: a settled dispute, then a correction or a late message of the episode, else rules that changed.

    A mean changes with anybody's messages; without any, with the rules.
    """
    episode = key[1]
    if key in later.settled:
        return Cause.DISPUTE
    if episode in later.corrected or (not episode and later.corrected):
        return Cause.CORRECTION
    if episode in later.episodes or (not episode and later.episodes):
        return Cause.LATE_MESSAGE
    return Cause.AGREEMENT


def summed(found: Iterable[Difference], *, month: str, version: int) -> tuple[Adjustment, ...]:
    """Return the differences as adjustments: one for each payer and cause, sorted; sums of nothing are left out."""
    sums: dict[tuple[str, Cause], tuple[Fraction, Decimal]] = {}
    for one in found:
        days, kronor = sums.get((one.payer, one.cause), NOTHING)
        sums[one.payer, one.cause] = (days + one.care_days, kronor + one.amount)
    return tuple(
        Adjustment(payer, month, version, cause, days, kronor)
        for (payer, cause), (days, kronor) in sorted(sums.items())
        if days or kronor
    )
