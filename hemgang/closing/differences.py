"""The difference between what was closed and what is known now, row by row, each with its cause (specification 4.5)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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
    """A row that would be paid otherwise now for one cause: care days and kronor are now's less what was closed."""

    payer: str
    episode: str
    date: str
    clause: str
    cause: Cause
    care_days: Fraction
    amount: Decimal

    @property
    def row(self) -> RowKey:
        """The row it is a difference of."""
        return self.payer, self.episode, self.date, self.clause


def row_key(row: Row) -> RowKey:
    """Return what a row is compared by."""
    return row.payer, row.episode, row.date.isoformat(), "" if row.episode else row.clause


def paid(rows: Iterable[Row]) -> dict[RowKey, tuple[Fraction, Decimal]]:
    """Return care days and kronor of each row that charges anything."""
    return {row_key(row): (row.care_days, row.amount) for row in rows if row.care_days or row.amount}


def differences(
    closed: Paid, *, by_rules: Paid, by_messages: Paid, by_disputes: Paid, corrected: Collection[str]
) -> tuple[Difference, ...]:
    """Return every row that would be paid otherwise now, sorted by payer, episode, date and cause.

    One thing changes at a time, so that each difference has the cause that made it and all of them add up: what was
    `closed`; the same messages and disputes by the rules of now; the messages of now, the disputes as they stood; the
    disputes as they stand. `corrected` are the episodes that a later message put right; a mean is put right by any.
    """
    steps = [
        (closed, by_rules, lambda _: Cause.AGREEMENT),
        (by_rules, by_messages, lambda episode: _of_message(episode, corrected)),
        (by_messages, by_disputes, lambda _: Cause.DISPUTE),
    ]
    found = [one for before, after, cause in steps for one in _between(before, after, cause)]
    return tuple(sorted(found, key=lambda one: (one.payer, one.episode, one.date, one.clause, one.cause)))


def _of_message(episode: str, corrected: Collection[str]) -> Cause:
    put_right = episode in corrected if episode else bool(corrected)
    return Cause.CORRECTION if put_right else Cause.LATE_MESSAGE


def _between(before: Paid, after: Paid, cause: Callable[[str], Cause]) -> Iterator[Difference]:
    for key in {*before, *after}:
        (days_before, kronor_before), (days_after, kronor_after) = before.get(key, NOTHING), after.get(key, NOTHING)
        if (days_before, kronor_before) != (days_after, kronor_after):
            payer, episode, day, clause = key
            change = (days_after - days_before, kronor_after - kronor_before)
            yield Difference(payer, episode, day, clause, cause(episode), *change)


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
