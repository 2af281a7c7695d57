"""What an agreement says on a date, as JSON, as text, and beside another."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from agreements.changes import ChangedTerm, Worded
from agreements.citation import Citation, Cited
from agreements.clause import Clause
from agreements.model import Agreement, DisputeStep, Suspension, Terms
from agreements.wording import charge_keys, gate_keys, said, values_of
from hemgang.cli.table import fields, paragraph


def head_json(agreement: Agreement) -> dict[str, Any]:
    """Return who an agreement binds and when it holds."""
    return {
        "name": agreement.name,
        "title": agreement.title,
        "version": agreement.version,
        "digest": agreement.digest,
        "region": agreement.region,
        "parties": list(agreement.parties),
        "valid_from": agreement.valid_from.isoformat(),
        "valid_to": _iso(agreement.valid_to),
        "approved": _iso(agreement.approved),
        "suspended": [
            {"valid_from": one.valid_from.isoformat(), "valid_to": _iso(one.valid_to), **_citation(one.citation)}
            for one in agreement.suspensions
        ],
    }


def suspended_days(agreement: Agreement) -> str | None:
    """Return the days on which liability is dormant, None where it never is."""
    return ", ".join(_days(one) for one in agreement.suspensions) or None


def agreement_json(agreement: Agreement, terms: Terms, on: date) -> dict[str, Any]:
    """Return an agreement with every value and clause that holds on a date."""
    return {
        **head_json(agreement),
        "date": on.isoformat(),
        "dispute_steps": [_step_json(step) for step in agreement.disputes],
        "values": [{"name": name, "value": said(cited.value), **_cited(cited)} for name, cited in values_of(terms)],
        "clauses": [_clause_json(clause) for clause in terms.clauses],
    }


def agreement_text(agreement: Agreement, terms: Terms, on: date) -> Iterator[str]:
    """Yield an agreement as text: each value or clause, and below it its clause with the source's words."""
    until = f" to {agreement.valid_to}" if agreement.valid_to else ""
    yield from fields(
        [
            ("agreement", agreement.name),
            ("title", agreement.title),
            ("version", agreement.version),
            ("region", agreement.region),
            ("parties", ", ".join(agreement.parties) or None),
            ("in force", f"from {agreement.valid_from}{until}"),
            ("approved", agreement.approved),
            ("shown on", on),
        ]
    )
    for suspension in agreement.suspensions:
        yield ""
        yield f"suspended {_days(suspension)}"
        yield from _source(suspension.citation)
    for step in agreement.disputes:
        yield ""
        within = f", within {step.within_days} days" if step.within_days is not None else ""
        yield from paragraph(f"dispute, {step.matter}, step {step.number}: {step.who}{within}", indent="")
        yield from _source(step.citation)
    for name, cited in values_of(terms):
        yield ""
        yield f"{name}: {said(cited.value)}"
        yield from _source(cited.citation)
    for clause in terms.clauses:
        yield ""
        yield f"clause {clause.id}: {clause.name}"
        if clause.approved or clause.end_approved:
            yield from paragraph(f"approved {said(clause.approved)}, its end approved {said(clause.end_approved)}")
        for name, value in clause_values(clause):
            yield from paragraph(f"{name}: {value}")
        for citation in clause.citations:
            yield from _source(citation)


def change_json(change: ChangedTerm, *, before: str, after: str) -> dict[str, Any]:
    """Return a difference, its sides under the names given, each with the clause it stands in."""
    return {
        "name": change.name,
        before: change.before.value if change.before else None,
        after: change.after.value if change.after else None,
        f"{before}_clause": _standing(change.before),
        f"{after}_clause": _standing(change.after),
    }


def change_row(change: ChangedTerm) -> tuple[str, str | None, str | None, str | None]:
    """Return a difference as a row: name, both sides, the clause of the second side, or of the first."""
    clause = _standing(change.after) or _standing(change.before)
    return (
        change.name,
        change.before.value if change.before else None,
        change.after.value if change.after else None,
        clause,
    )


def clause_values(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield the keys of a clause with their values in words, those of its gate and its charge in one each."""
    yield "care", ", ".join(clause.care) or "all"
    yield "ages", said(clause.ages)
    yield "gate", _together(clause.gate.kind, gate_keys(clause.gate))
    yield "charge", _together(clause.charge.kind, charge_keys(clause.charge))
    yield "cutoff", said(clause.cutoff)
    yield "ends_counted", ", ".join(clause.ends_counted)
    yield "open_counted", said(clause.open_counted)
    yield "attribution", clause.attribution.value


def _together(kind: StrEnum, keys: Iterator[tuple[str, str]]) -> str:
    return ", ".join([kind.value, *(f"{name} {value}" for name, value in keys)])


def _standing(worded: Worded | None) -> str | None:
    if worded is None or worded.citation is None:
        return None
    return f"{worded.citation.clause} ({worded.citation.agreement})"


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "name": clause.name,
        **dict(clause_values(clause)),
        "valid_from": _iso(clause.valid_from),
        "valid_to": _iso(clause.valid_to),
        "approved": _iso(clause.approved),
        "end_approved": _iso(clause.end_approved),
        "citations": [{"key": one.parameter.partition(".")[2], **_citation(one)} for one in clause.citations],
    }


def _cited(cited: Cited[Any]) -> dict[str, Any]:
    return {
        "valid_from": cited.valid_from.isoformat(),
        "valid_to": _iso(cited.valid_to),
        "approved": _iso(cited.approved),
        "end_approved": _iso(cited.end_approved),
        **_citation(cited.citation),
    }


def _step_json(step: DisputeStep) -> dict[str, Any]:
    return {
        "matter": step.matter,
        "number": step.number,
        "who": step.who,
        "within_days": step.within_days,
        **_citation(step.citation),
    }


def _days(suspension: Suspension) -> str:
    return f"from {suspension.valid_from}{f' to {suspension.valid_to}' if suspension.valid_to else ''}"


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "agreement": citation.agreement,
        "clause": citation.clause,
        "source": citation.source,
        "quote": citation.quote,
        "assumption": citation.assumption,
        "reading": citation.reading,
    }


def _source(citation: Citation) -> list[str]:
    words = f"“{citation.quote}”" if citation.quote is not None else f"assumption: {citation.assumption}"
    key = "" if citation.parameter.startswith("dispute_step.") else citation.parameter.partition(".")[2]
    return paragraph(f"{f'{key}, ' if key else ''}{citation.clause} ({citation.agreement}): {words}")
