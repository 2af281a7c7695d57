"""The difference between what was closed and what is known now, row by row, each with its cause (specification 4.5).

What a payer is to pay for a month: its own ledger, less what is parked, with what earlier months still owe (4.5).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hemgang.closing.review import Adjustment, Cause, Dispute, NotTheSum, Review, Status, of_payer
from hemgang.liability.model import Draft, LedgerRow, Statement
from hemgang.liability.serialize import to_json

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


def row_key(row: LedgerRow) -> RowKey:
    """Return what a row is compared by."""
    return row.payer, row.episode, row.date.isoformat(), "" if row.episode else row.clause


def paid(rows: Iterable[LedgerRow]) -> dict[RowKey, tuple[Fraction, Decimal]]:
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


NOTHING_STATEMENT = Decimal("0.00")


def check_sums(drafted: Draft) -> None:
    """Hold every statement against the sum of its rows.

    Raises:
        NotTheSum: a statement is not the sum of its rows to the öre, or to the care day.
    """
    for statement in drafted.statements:
        amount = sum((row.amount for row in statement.rows), NOTHING_STATEMENT)
        if amount != statement.amount or sum(row.care_days for row in statement.rows) != statement.care_days:
            raise NotTheSum(statement.payer, stated=f"{statement.amount:.2f}", summed=f"{amount:.2f}")


def to_pay(
    statement: Statement, parked: Iterable[LedgerRow], adjustments: Sequence[Adjustment], *, suspended: bool
) -> Decimal:
    """Return the kronor to pay: nothing of the month itself while liability is suspended."""
    own = NOTHING_STATEMENT if suspended else statement.amount - sum((row.amount for row in parked), NOTHING_STATEMENT)
    return own + sum((one.amount for one in adjustments), NOTHING_STATEMENT)


def month_json(
    drafted: Draft, review: Review, adjustments: Sequence[Adjustment], *, status: Status, content: str
) -> dict[str, Any]:
    """Return a draft or closed month as JSON: `to_json` with what is parked, adjusted and to pay for each payer."""
    document = to_json(drafted) | {"status": status.value, "hash": content}
    for told, statement in zip(document["payers"], drafted.statements, strict=True):
        parked = parked_rows(statement.rows, review)
        own = of_payer(adjustments, statement.payer)
        due = to_pay(statement, [row for row, _ in parked], own, suspended=drafted.suspended is not None)
        told["parked"] = [_parked_json(row, dispute) for row, dispute in parked]
        told["adjustments"] = [adjustment_json(one) for one in own]
        told["to_pay"] = f"{due:.2f}"
    return document


def parked_rows(rows: Iterable[LedgerRow], review: Review) -> list[tuple[LedgerRow, Dispute]]:
    """Return the charged rows that a dispute keeps out of what is paid, each with its dispute."""
    found = ((row, review.parked(row)) for row in rows if row.amount)
    return [(row, dispute) for row, dispute in found if dispute is not None]


def adjustment_json(one: Adjustment) -> dict[str, Any]:
    """Return an adjustment as JSON: exact care days, kronor with two decimals."""
    return {
        "from_month": one.from_month,
        "version": one.version,
        "cause": one.cause.value,
        "care_days": str(one.care_days),
        "amount": f"{one.amount:.2f}",
    }


def _parked_json(row: LedgerRow, dispute: Dispute) -> dict[str, Any]:
    return {
        "episode": row.episode or None,
        "date": row.date.isoformat(),
        "clause": row.clause,
        "amount": f"{row.amount:.2f}",
        "by": dispute.side.value,
        "reason": dispute.reason,
        "step": dispute.step,
        "settled": None if dispute.settled is None else dispute.settled.value,
    }
