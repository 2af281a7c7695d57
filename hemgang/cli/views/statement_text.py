"""A drafted or closed month as text: a statement for each payer, its clauses, assumptions, review and findings."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hemgang.cli.table import fields, paragraph, table
from hemgang.cli.views.places import region_name
from hemgang.closing.adjustments import Adjustment, of_payer
from hemgang.closing.review import Review, Status
from hemgang.closing.statement import parked_rows, to_pay
from hemgang.liability.model import ClauseLine, Draft

FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """A month as it is shown: the draft, its review, what earlier months owe it, where it stands, its content hash."""

    draft: Draft
    review: Review
    adjustments: tuple[Adjustment, ...]
    status: Status
    content: str


def statement_text(month: ShownMonth) -> Iterator[str]:
    """Yield the lines."""
    draft, status = month.draft, month.status.value
    yield from fields(
        [
            ("region", f"{draft.region} {region_name(draft.region)}"),
            ("month", draft.month),
            ("agreement", f"{draft.agreement.name}, version {draft.agreement.version}"),
            ("status", status if draft.over else f"{status}, a forecast: the month is not over"),
            ("hash", month.content),
        ]
    )
    if draft.suspended is not None:
        yield ""
        yield from paragraph(
            f"Liability is suspended from {draft.suspended.valid_from}: computed here, nothing of it is to be paid. "
            f"{draft.suspended.citation.assumption or draft.suspended.citation.quote}",
            indent="",
        )
    yield ""
    yield from _payers(month)
    yield ""
    yield from _clauses(draft)
    yield from _assumptions(draft)
    yield ""
    yield f"{len(draft.review)} entries on the joint review list, {len(draft.findings)} findings that touch money"
    for finding in draft.findings[:FINDINGS_SHOWN]:
        yield from paragraph(f"{finding.code}: {finding.episode}; expected: {finding.expected}")
    if len(draft.findings) > FINDINGS_SHOWN:
        yield f"    and {len(draft.findings) - FINDINGS_SHOWN} more; --format json lists them all"


def _payers(month: ShownMonth) -> Iterator[str]:
    """The statements; what is parked, adjusted and to pay stands beside them only where anything is."""
    draft = month.draft
    plain = draft.suspended is None and not month.adjustments
    parked = {one.payer: [row for row, _ in parked_rows(one.rows, month.review)] for one in draft.statements}
    rows: list[tuple[object, ...]] = []
    for one in draft.statements:
        row = (one.payer, one.name, one.population, one.care_days, _kronor(f"{one.amount:.2f}"))
        owed = of_payer(month.adjustments, one.payer)
        due = to_pay(one, parked[one.payer], owed, suspended=draft.suspended is not None)
        out = sum((each.amount for each in parked[one.payer]), Decimal("0.00"))
        change = sum((each.amount for each in owed), Decimal("0.00"))
        rows.append((*row, *(_kronor(f"{each:.2f}") for each in (out, change, due))))
    headers = ("payer", "name", "discharged", "care days", "amount (kr)", "parked", "adjusted", "to pay (kr)")
    if plain and not any(parked.values()):
        yield from table(headers[:5], [row[:5] for row in rows], right=(2, 3, 4))
        return
    yield from table(headers, rows, right=(2, 3, 4, 5, 6, 7))


def _clauses(draft: Draft) -> Iterator[str]:
    rows = [
        (
            statement.payer,
            line.clause,
            line.gate.value,
            line.result.exempt,
            _against(line),
            line.persons,
            line.care_days,
        )
        for statement in draft.statements
        for line in statement.clauses
    ]
    headers = ("payer", "clause", "gate", "exempt", "value / threshold", "persons", "care days")
    yield from table(headers, rows, right=(5, 6))


def _assumptions(draft: Draft) -> Iterator[str]:
    if not draft.assumptions:
        return
    yield ""
    yield f"{len(draft.assumptions)} assumptions, values that no source gives:"
    for used in draft.assumptions:
        yield from paragraph(f"{used.agreement}, {used.parameter} ({used.clause}): {used.assumption}")


def _against(line: ClauseLine) -> str | None:
    value, threshold = line.result.value, line.result.threshold
    return None if threshold is None else f"{_exact(value)} / {_exact(threshold)}"


def _exact(value: Fraction | None) -> str:
    return "-" if value is None else str(value)


def _kronor(amount: str) -> str:
    """An amount with a space between thousands."""
    whole, point, cents = amount.removeprefix("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    return sign + f"{int(whole):,}".replace(",", " ") + point + cents
