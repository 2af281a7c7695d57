"""The documented JSON of a draft, and its canonical form with the content hash (specification 4.5, 7).

The same facts give the same hash in any order. JSON has stable keys, exact fractions and two decimals.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from agreements.model import Agreement, Citation, Suspension
from hemgang.liability.model import (
    ClauseLine,
    DayOutcome,
    Draft,
    LedgerRow,
    MoneyFinding,
    Month,
    ReviewItem,
    Statement,
    Versions,
)

FORMAT = 2
"""The version of this form; it rises when a line's content changes."""


def canonical_lines(
    *,
    region: str,
    month: Month,
    payer: str | None,
    statements: Iterable[Statement],
    agreements: Iterable[Agreement],
    versions: Versions,
) -> Iterator[str]:
    """Yield the lines a hash is taken of, JSON each: what was asked and with what, then each statement with its rows.

    Statements come sorted by payer, rows by episode, period and date. The time of the computation is not among them.
    """
    used = [[agreement.name, agreement.version, agreement.digest] for agreement in agreements]
    with_what = [versions.code, versions.calendar, versions.rates]
    yield _line("draft", FORMAT, region, str(month), payer, used, with_what)
    for statement in statements:
        yield from statement_lines(statement)


def statement_lines(statement: Statement) -> Iterator[str]:
    """Yield the lines of one payer's statement: its sums, its clauses, its rows."""
    yield _line("payer", statement.payer, statement.population, str(statement.care_days), str(statement.amount))
    for clause in statement.clauses:
        yield _line("clause", *_of_clause(clause))
    for row in statement.rows:
        yield _line("row", *_of_row(row))


def content_hash(lines: Iterable[str]) -> str:
    """Return the SHA-256 of the lines, each ended by a line feed, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _of_clause(clause: ClauseLine) -> Iterator[object]:
    result = clause.result
    yield from (clause.agreement, clause.clause, clause.gate.value, clause.charge.value, result.exempt)
    yield from (None if exact is None else str(exact) for exact in (result.value, result.threshold))
    yield from (result.population, result.days, clause.persons, str(clause.care_days))


def _of_row(row: LedgerRow) -> Iterator[object]:
    yield from (row.episode, row.period, row.n, row.date.isoformat(), row.agreement, row.clause, row.also)
    yield from (row.outcome.value, row.reasons, row.messages)
    yield from (None if row.rate is None else str(row.rate), str(row.care_days), str(row.amount))


def _line(*values: object) -> str:
    return _ENCODER.encode(values)


_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def to_json(draft: Draft) -> dict[str, Any]:
    """Return a draft as the object that `hemgang close --format json` prints; rows that are free are left out.

    Raises:
        ValueError: the draft is not priced, and so states nothing.
    """
    if not draft.priced:
        raise ValueError("a draft that is not priced is no statement")
    return {
        "region": draft.region,
        "month": str(draft.month),
        "agreement": {"name": draft.agreement.name, "version": draft.agreement.version},
        "status": draft.status,
        "suspended": None if draft.suspended is None else _of_suspension(draft.suspended),
        "hash": draft.hash,
        "assumptions": [_of_assumption(citation) for citation in draft.assumptions],
        "payers": [_of_statement(statement) for statement in draft.statements],
        "review": [_of_review(item) for item in draft.review],
        "findings": [_of_finding(finding) for finding in draft.findings],
    }


def row_json(row: LedgerRow) -> dict[str, Any]:
    """Return one row of the ledger; `rate` is null unless charged, `also` names other clauses that charge the day.

    A row over a mean has no `episode`, `period` and `n` (null); its `care_days` is an exact fraction.
    """
    return {
        "payer": row.payer,
        "episode": row.episode or None,
        "period": row.period or None,
        "n": row.n or None,
        "date": row.date.isoformat(),
        "agreement": row.agreement,
        "clause": row.clause,
        "also": list(row.also),
        "outcome": row.outcome.value,
        "reason": row.reason,
        "messages": list(row.messages),
        "care_days": str(row.care_days),
        "rate": None if row.rate is None else f"{row.rate:.2f}",
        "amount": f"{row.amount:.2f}",
    }


def _of_suspension(suspension: Suspension) -> dict[str, Any]:
    return {
        "from": suspension.valid_from.isoformat(),
        "to": None if suspension.valid_to is None else suspension.valid_to.isoformat(),
        "reason": suspension.citation.assumption or suspension.citation.quote,
    }


def _of_statement(statement: Statement) -> dict[str, Any]:
    return {
        "payer": statement.payer,
        "name": statement.name,
        "population": statement.population,
        "clauses": [_of_clause_of_output(line) for line in statement.clauses],
        "care_days": str(statement.care_days),
        "amount": f"{statement.amount:.2f}",
        "rows": [row_json(row) for row in statement.rows if row.outcome is not DayOutcome.FREE],
    }


def _of_clause_of_output(line: ClauseLine) -> dict[str, Any]:
    return {
        "clause": line.clause,
        "gate": line.gate.value,
        "exempt": line.result.exempt,
        "value": _exact(line.result.value),
        "threshold": _exact(line.result.threshold),
        "persons": line.persons,
        "care_days": str(line.care_days),
    }


def _of_assumption(citation: Citation) -> dict[str, Any]:
    return {
        "agreement": citation.agreement,
        "parameter": citation.parameter,
        "clause": citation.clause,
        "assumption": citation.assumption,
    }


def _of_review(item: ReviewItem) -> dict[str, Any]:
    return {
        "payer": item.payer,
        "episode": item.episode,
        "period": item.period,
        "condition": item.condition.value,
        "reason": item.situation.value,
        "clause": item.clause,
        "messages": list(item.messages),
    }


def _of_finding(finding: MoneyFinding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "episode": finding.episode,
        "messages": list(finding.messages),
        "expected": finding.expected,
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
