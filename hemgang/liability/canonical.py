"""The canonical form of a draft and its content hash: the same facts give the same hash in any order (4.5)."""

import hashlib
import json
from collections.abc import Iterable, Iterator

from agreements.model import Agreement
from hemgang.liability.model import ClauseLine, Row, Statement, Versions
from hemgang.liability.month import Month

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


def _of_row(row: Row) -> Iterator[object]:
    yield from (row.episode, row.period, row.n, row.date.isoformat(), row.agreement, row.clause, row.also)
    yield from (row.outcome.value, row.reasons, row.messages)
    yield from (None if row.rate is None else str(row.rate), str(row.care_days), str(row.amount))


def _line(*values: object) -> str:
    return _ENCODER.encode(values)


_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
