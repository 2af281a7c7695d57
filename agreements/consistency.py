"""Checks what the parts of an agreement say of each other: suspensions, ladder, approvals, county means (4.1)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from agreements.citation import Cited
from agreements.clause import MOST_CLAUSES, Clause
from agreements.coverage import Problem
from agreements.names import MATTERS, STATUTE
from agreements.register import Agreements, DatedAgreement
from agreements.terms import clauses_on, holds

ONE_DAY = timedelta(days=1)


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
                last = [clause for clause in dated.clauses if holds(clause, day)][-1]
                message = (
                    f"{count} clauses hold on {day}; at most {MOST_CLAUSES} may, with the statute's that fill gaps"
                )
                yield Problem("too_many_clauses", dated.file, last.id, message, last.citations[0].line)
                break
