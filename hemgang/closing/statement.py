"""What a payer is to pay for a month: its own ledger, less what is parked, with what earlier months still owe (4.5)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from hemgang.closing.adjustments import Adjustment, of_payer
from hemgang.closing.errors import NotTheSum
from hemgang.closing.review import Dispute, Review, Status
from hemgang.liability.model import Draft, Row, Statement
from hemgang.liability.output import to_json

NOTHING = Decimal("0.00")


def check_sums(drafted: Draft) -> None:
    """Hold every statement against the sum of its rows.

    Raises:
        NotTheSum: a statement is not the sum of its rows to the öre, or to the care day.
    """
    for statement in drafted.statements:
        amount = sum((row.amount for row in statement.rows), NOTHING)
        if amount != statement.amount or sum(row.care_days for row in statement.rows) != statement.care_days:
            raise NotTheSum(statement.payer, stated=f"{statement.amount:.2f}", summed=f"{amount:.2f}")


def to_pay(
    statement: Statement, parked: Iterable[Row], adjustments: Sequence[Adjustment], *, suspended: bool
) -> Decimal:
    """Return the kronor to pay: nothing of the month itself while liability is suspended."""
    own = NOTHING if suspended else statement.amount - sum((row.amount for row in parked), NOTHING)
    return own + sum((one.amount for one in adjustments), NOTHING)


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


def parked_rows(rows: Iterable[Row], review: Review) -> list[tuple[Row, Dispute]]:
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


def _parked_json(row: Row, dispute: Dispute) -> dict[str, Any]:
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
