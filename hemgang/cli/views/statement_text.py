"""A drafted or closed month as text: a statement for each payer, its clauses, assumptions, review and findings."""

from collections.abc import Iterator
from fractions import Fraction

from hemgang.cli.table import fields, paragraph, table
from hemgang.cli.views.places import region_name
from hemgang.liability.model import ClauseLine, Draft

FINDINGS_SHOWN = 20


def statement_text(draft: Draft) -> Iterator[str]:
    """Yield the lines."""
    yield from fields(
        [
            ("region", f"{draft.region} {region_name(draft.region)}"),
            ("month", draft.month),
            ("agreement", f"{draft.agreement.name}, version {draft.agreement.version}"),
            ("status", draft.status if draft.over else f"{draft.status}, a forecast: the month is not over"),
            ("hash", draft.hash),
        ]
    )
    yield ""
    yield from _payers(draft)
    yield ""
    yield from _clauses(draft)
    yield from _assumptions(draft)
    yield ""
    yield f"{len(draft.review)} entries on the joint review list, {len(draft.findings)} findings that touch money"
    for finding in draft.findings[:FINDINGS_SHOWN]:
        yield from paragraph(f"{finding.code}: {finding.episode}; expected: {finding.expected}")
    if len(draft.findings) > FINDINGS_SHOWN:
        yield f"    and {len(draft.findings) - FINDINGS_SHOWN} more; --format json lists them all"


def _payers(draft: Draft) -> Iterator[str]:
    rows = [
        (statement.payer, statement.name, statement.population, statement.care_days, _kronor(f"{statement.amount:.2f}"))
        for statement in draft.statements
    ]
    yield from table(("payer", "name", "discharged", "care days", "amount (kr)"), rows, right=(2, 3, 4))


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
    whole, point, cents = amount.partition(".")
    return f"{int(whole):,}".replace(",", " ") + point + cents
