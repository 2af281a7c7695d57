"""Checks the dates of agreements: what is stated covers their days with neither gap nor overlap (4.1)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations, pairwise

from agreements.clause import Clause
from agreements.model import Agreement
from agreements.names import CARE_KINDS, OPTIONAL, STATUTE, VALUES
from agreements.register import Agreements, DatedAgreement

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is amiss with one key of one file: a stable `code`, a message, and the line where known."""

    code: str
    file: str
    key: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """The days of one row, both included; an open end is the agreement's last day, or `date.max`."""

    first: date
    last: date
    line: int | None = field(default=None, compare=False)


def coverage(agreements: Agreements) -> tuple[Problem, ...]:
    """List every gap and overlap of dates: in values, in clauses, and between agreements of one region.

    A value that an agreement states must be stated for all its days. The statute must state every value,
    and have one clause for each kind of care on every day.
    """
    everything = tuple(agreements.dated.values())
    statute = agreements.dated[STATUTE]
    return (
        *(problem for dated in everything for problem in _of_values(dated)),
        *(problem for dated in everything for problem in _of_clauses(dated)),
        *_missing(statute),
        *(problem for one, other in combinations(everything, 2) for problem in _rivals(one, other)),
    )


def _of_values(dated: DatedAgreement) -> Iterator[Problem]:
    whole = _whole(dated.agreement)
    for name, rows in dated.values.items():
        spans = [_Span(row.valid_from, row.valid_to or whole.last, row.citation.line) for row in rows]
        yield from _amiss(spans, whole=whole, file=dated.file, key=name)
        yield from _edges(spans, whole=whole, file=dated.file, key=name)


def _of_clauses(dated: DatedAgreement) -> Iterator[Problem]:
    whole = _whole(dated.agreement)
    for identity in dict.fromkeys(clause.id for clause in dated.clauses):
        spans = _clause_spans(tuple(one for one in dated.clauses if one.id == identity), whole=whole)
        yield from _amiss(spans, whole=whole, file=dated.file, key=identity)


def _clause_spans(clauses: tuple[Clause, ...], *, whole: _Span) -> list[_Span]:
    return [
        _Span(clause.valid_from or whole.first, clause.valid_to or whole.last, clause.citations[0].line)
        for clause in clauses
    ]


def _missing(statute: DatedAgreement) -> Iterator[Problem]:
    for name in VALUES:
        if name not in statute.values and name not in OPTIONAL:
            yield Problem("gap", statute.file, name, "is missing; the statute's file states every value")
    whole = _whole(statute.agreement)
    for care in CARE_KINDS:
        spans = _clause_spans(tuple(clause for clause in statute.clauses if clause.covers(care)), whole=whole)
        yield from _edges(spans, whole=whole, file=statute.file, key=f"clause for {care}")
        yield from _amiss(spans, whole=whole, file=statute.file, key=f"clause for {care}")


def _rivals(one: DatedAgreement, other: DatedAgreement) -> Iterator[Problem]:
    first, second = one.agreement, other.agreement
    shared = set(first.parties) & set(second.parties) or not first.parties or not second.parties
    if first.region is None or first.region != second.region or not shared:
        return
    begins, ends = max(first.valid_from, second.valid_from), min(_whole(first).last, _whole(second).last)
    if begins <= ends:
        message = f"binds the same parties as {one.file} from {_says(begins)} to {_says(ends)}"
        yield Problem("overlap", other.file, "agreement", message, second.citation.line)


def _whole(agreement: Agreement) -> _Span:
    return _Span(agreement.valid_from, agreement.valid_to or date.max, agreement.citation.line)


def _amiss(spans: list[_Span], *, whole: _Span, file: str, key: str) -> Iterator[Problem]:
    """Overlaps, holes, and days outside the agreement's own."""
    ordered = sorted(spans)
    for span in ordered:
        if span.first < whole.first or span.last > whole.last:
            message = f"holds outside the agreement's own days ({_says(whole.first)} to {_says(whole.last)})"
            yield Problem("outside", file, key, message, span.line)
    for before, after in pairwise(ordered):
        if after.first <= before.last:
            message = f"overlap: two rows hold on {_says(after.first)}"
            yield Problem("overlap", file, key, message, after.line)
        if after.first - ONE_DAY > before.last:
            yield _gap(before.last + ONE_DAY, after.first - ONE_DAY, file=file, key=key, line=after.line)


def _edges(spans: list[_Span], *, whole: _Span, file: str, key: str) -> Iterator[Problem]:
    """Days at the beginning or the end of the agreement that no row holds for."""
    if not spans:
        yield _gap(whole.first, whole.last, file=file, key=key, line=whole.line)
        return
    first, last = min(spans), max(spans, key=lambda span: span.last)
    if first.first > whole.first:
        yield _gap(whole.first, first.first - ONE_DAY, file=file, key=key, line=first.line)
    if last.last < whole.last:
        yield _gap(last.last + ONE_DAY, whole.last, file=file, key=key, line=last.line)


def _gap(first: date, last: date, *, file: str, key: str, line: int | None) -> Problem:
    return Problem("gap", file, key, f"gap: no row holds from {_says(first)} to {_says(last)}", line)


def _says(day: date) -> str:
    return "further notice" if day == date.max else day.isoformat()
