"""Checks of agreements, amounts and payers: dates, what rows say of each other, and quotes (4.1).

Behind `hemgang agreements check`: what is stated covers its days with neither gap nor overlap; suspensions, ladders and
approvals fit; every payer has its successor; every quote stands in its source text (`docs/sources`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path

from agreements.fields import CARE_KINDS, MATTERS, OPTIONAL, STATUTE, VALUES
from agreements.model import MOST_CLAUSES, Agreement, Citation, Cited, Clause
from agreements.payers import Payer, Payers
from agreements.rates import Rates
from agreements.registry import Agreements, DatedAgreement, clause_in_force, clauses_on
from agreements.tomlfile import Problem, SourceNotFound

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """The days of one row, both included; an open end is the agreement's last day, or `date.max`."""

    first: date
    last: date
    line: int | None = field(default=None, compare=False)


CHECKOUT = Path(__file__).parent.parent / "docs" / "sources"


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


def check(
    agreements: Agreements | None,
    *,
    sources: Mapping[str, str],
    rates: Rates | None = None,
    payers: Payers | None = None,
) -> tuple[Problem, ...]:
    """List gaps, overlaps, values nobody reads and quotes that their source does not hold; empty = all well.

    `sources` are the texts by name, white space normalised (`agreements.validation.read_sources`). None of the three
    is checked where it is not given.
    """
    problems: list[Problem] = []
    if agreements is not None:
        problems += (*coverage(agreements), *consistency(agreements))
        for dated in agreements.dated.values():
            problems += _unproved(dated.citations(), file=dated.file, sources=sources)
    if rates is not None:
        citations = tuple(rate.citation for rate in rates.by_year.values())
        problems += _unproved(citations, file=rates.file, sources=sources)
    if payers is not None:
        citations = tuple(payer.citation for payer in payers.listed)
        problems += (*payer_problems(payers), *_unproved(citations, file=payers.file, sources=sources))
    return tuple(problems)


def known_gaps(agreements: Agreements, *, rates: Rates, today: date) -> tuple[Problem, ...]:
    """List the years from the first agreement's to today's whose amount a care day is not known.

    They are known gaps and not amiss: closing a month of such a year is an error of its own.
    """
    first = min(dated.agreement.valid_from.year for dated in agreements.dated.values())
    return tuple(
        Problem("missing_rate", rates.file, f"amount_kr.{year}", f"no amount a care day is known for {year}")
        for year in range(first, today.year + 1)
        if year not in rates.by_year
    )


def consistency(agreements: Agreements) -> tuple[Problem, ...]:
    """List suspensions outside an agreement's days, ladders, approvals and months that do not fit, too many clauses."""
    of_each = tuple(
        problem
        for dated in agreements.dated.values()
        for found in (_suspensions(dated), _ladders(dated), _approvals(dated), _county_means(dated))
        for problem in found
    )
    too_many = (one for known in agreements.ever_known() for one in _too_many_clauses(known))
    return (*of_each, *dict.fromkeys(too_many))


def payer_problems(payers: Payers) -> tuple[Problem, ...]:
    """List payers whose municipality or successor is unknown, or whose dates overlap; empty = all well."""
    codes = dict.fromkeys(one.code for one in payers.listed)
    overlaps = (problem for code in codes for problem in _overlaps(payers.rows(code), payers.file))
    return (*overlaps, *(problem for one in payers.listed for problem in _of_one(one, payers)))


def read_sources(folder: Path | None = None) -> Mapping[str, str]:
    """Read every source text of a folder by its name without ending (None = `docs/sources` of a checkout).

    Raises:
        SourceNotFound: the folder does not exist or holds no text.
    """
    place = CHECKOUT if folder is None else folder
    paths = sorted(path for path in place.glob("*") if path.suffix in (".txt", ".md"))
    if not paths:
        raise SourceNotFound(f"no source texts in {place}; name the folder that holds docs/sources")
    return {path.stem: normalised(path.read_text(encoding="utf-8")) for path in paths}


def normalised(text: str) -> str:
    """Return a text with every run of white space, line breaks and no-break spaces too, as one space."""
    return " ".join(text.split())


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


def _unproved(citations: tuple[Citation, ...], *, file: str, sources: Mapping[str, str]) -> Iterator[Problem]:
    for citation in citations:
        if citation.quote is None or citation.source is None:
            continue
        if citation.source not in sources:
            message = f"there is no source text named {citation.source}"
            yield Problem("unknown_source", file, citation.parameter, message, citation.line)
        elif normalised(citation.quote) not in sources[citation.source]:
            message = f"the quote does not stand in {citation.source}"
            yield Problem("unproved_quote", file, citation.parameter, message, citation.line)


def _suspensions(dated: DatedAgreement) -> Iterator[Problem]:
    agreement = dated.agreement
    for one in agreement.suspensions:
        last = one.valid_to or agreement.valid_to or date.max
        if not agreement.in_force(one.valid_from) or not agreement.in_force(last):
            message = f"suspended from {one.valid_from}: outside the agreement's own days"
            yield Problem("outside", dated.file, "suspended", message, one.citation.line)
    ordered = sorted(agreement.suspensions, key=lambda one: one.valid_from)
    for before, after in pairwise(ordered):
        if before.covers(after.valid_from):
            message = f"overlap: two suspensions hold on {after.valid_from}"
            yield Problem("overlap", dated.file, "suspended", message, after.citation.line)


def _ladders(dated: DatedAgreement) -> Iterator[Problem]:
    for matter in MATTERS:
        steps = [step for step in dated.agreement.disputes if step.matter == matter]
        for number, step in enumerate(steps, start=1):
            if step.number != number:
                message = f"is number {step.number} where {number} is due; a ladder counts from 1 without a hole"
                yield Problem("dispute_step", dated.file, f"dispute_step.{matter}", message, step.citation.line)
                break


def _approvals(dated: DatedAgreement) -> Iterator[Problem]:
    """A row that was approved late ends the one before it late: until then the older row was what was known."""
    for name, values in dated.values.items():
        yield from _late(values, [row.citation.line for row in values], file=dated.file, key=name)
    for identity in dict.fromkeys(clause.id for clause in dated.clauses):
        clauses = [clause for clause in dated.clauses if clause.id == identity]
        lines = [clause.citations[0].line for clause in clauses]
        yield from _late(clauses, lines, file=dated.file, key=identity)


def _late(
    rows: Sequence[Cited[object]] | Sequence[Clause], lines: list[int | None], *, file: str, key: str
) -> Iterator[Problem]:
    dated = [(row.valid_from or date.min, row.valid_to, row.approved, row.end_approved) for row in rows]
    ordered = sorted(zip(dated, lines, strict=True), key=lambda each: each[0][0])
    for ((_, last, _, end_approved), _), ((first, _, approved, _), line) in pairwise(ordered):
        if last is not None and last + ONE_DAY == first and end_approved != approved:
            message = (
                f"approved {approved or 'is missing'}, but the row before ends as approved {end_approved or 'never'}"
            )
            yield Problem("approval", file, key, f"{message}; the two are one decision", line)


def _county_means(dated: DatedAgreement) -> Iterator[Problem]:
    for clause in dated.clauses:
        month = clause.gate.threshold.county_mean_of if clause.gate.threshold else None
        if month is not None and not dated.agreement.in_force(date.fromisoformat(f"{month}-01")):
            message = (
                f"county_mean_of {month}: the agreement does not hold then, so no clause says what the mean is over"
            )
            yield Problem("outside", dated.file, f"{clause.id}.threshold", message, clause.citation("threshold").line)


def _too_many_clauses(known: Agreements) -> Iterator[Problem]:
    """Find the first day on which more clauses hold for an agreement than a ledger of care days has room for."""
    lus = known.dated[STATUTE]
    for dated in known.dated.values():
        statute = () if dated is lus else lus.clauses
        for day in sorted(dated.breakpoints() | lus.breakpoints()):
            count = len(clauses_on(day, own=dated.clauses, statute=statute)) if dated.agreement.in_force(day) else 0
            if count > MOST_CLAUSES:
                last = [clause for clause in dated.clauses if clause_in_force(clause, day)][-1]
                message = (
                    f"{count} clauses hold on {day}; at most {MOST_CLAUSES} may, with the statute's that fill gaps"
                )
                yield Problem("too_many_clauses", dated.file, last.id, message, last.citations[0].line)
                break


def _overlaps(rows: tuple[Payer, ...], file: str) -> Iterator[Problem]:
    for before, after in pairwise(rows):
        if before.exists(after.valid_from):
            message = f"overlap: two rows hold on {after.valid_from}"
            yield Problem("overlap", file, after.code, message, after.citation.line)


def _of_one(one: Payer, payers: Payers) -> Iterator[Problem]:
    municipality = one.code.partition("/")[0]
    if municipality not in payers.municipalities:
        message = f"there is no municipality {municipality}"
        yield Problem("unknown_payer", payers.file, one.code, message, one.citation.line)
    if one.successor is None or one.valid_to is None:
        return
    rows = payers.rows(one.successor)
    if not rows:
        message = f"its successor {one.successor} is not on the list"
        yield Problem("unknown_payer", payers.file, one.code, message, one.citation.line)
    elif not any(row.exists(one.valid_to + ONE_DAY) for row in rows):
        message = f"gap: its successor {one.successor} does not exist on {one.valid_to + ONE_DAY}"
        yield Problem("gap", payers.file, one.code, message, one.citation.line)
