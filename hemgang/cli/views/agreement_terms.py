"""What an agreement says on a date, as JSON, as text, and beside another."""

from collections.abc import Iterator
from dataclasses import fields as fields_of
from datetime import date, time
from typing import Any

from agreements.citation import Citation, Cited
from agreements.clause import Charge, Clause, Gate
from agreements.model import Agreement, Hours, Terms
from calendars.staffing import StaffingRule
from calendars.wording import written_rule
from hemgang.cli.table import fields, paragraph

Difference = tuple[str, str | None, str | None]


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
        "valid_to": agreement.valid_to.isoformat() if agreement.valid_to else None,
    }


def agreement_json(agreement: Agreement, terms: Terms, on: date) -> dict[str, Any]:
    """Return an agreement with every value and clause that holds on a date."""
    return {
        **head_json(agreement),
        "date": on.isoformat(),
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
            ("shown on", on),
        ]
    )
    for name, cited in values_of(terms):
        yield ""
        yield f"{name}: {said(cited.value)}"
        yield from _source(cited.citation)
    for clause in terms.clauses:
        yield ""
        yield f"clause {clause.id}: {clause.name}"
        for name, value in clause_values(clause):
            yield from paragraph(f"{name}: {value}")
        for citation in clause.citations:
            yield from _source(citation)


def difference_rows(first: Terms, second: Terms) -> list[Difference]:
    """Return each value or key of a clause that two terms have differently; None where one does not have it."""
    own, other = _flat(first), _flat(second)
    return [(name, own.get(name), other.get(name)) for name in {**own, **other} if own.get(name) != other.get(name)]


def values_of(terms: Terms) -> Iterator[tuple[str, Cited[Any]]]:
    """Yield every value of the terms by name, those of the conditions on the single patient too."""
    for holder in (terms, terms.gates):
        for one in fields_of(holder):
            value = getattr(holder, one.name)
            if isinstance(value, Cited):
                yield one.name, value


def clause_values(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield the keys of a clause with their values in words."""
    yield "care", ", ".join(clause.care) or "all"
    yield "gate", _parts(clause.gate)
    yield "charge", _parts(clause.charge)
    yield "cutoff", said(clause.cutoff)
    yield "ends_counted", ", ".join(clause.ends_counted)
    yield "open_counted", said(clause.open_counted)
    yield "attribution", clause.attribution.value


def said(value: object) -> str:
    """Return a value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, StaffingRule):
        return written_rule(value)
    if isinstance(value, Hours):
        return f"{value.opens:%H:%M}–{value.closes:%H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return "none" if value is None else str(value)


def _flat(terms: Terms) -> dict[str, str]:
    found = {name: said(cited.value) for name, cited in values_of(terms)}
    for clause in terms.clauses:
        found |= {f"{clause.id}.{name}": value for name, value in clause_values(clause)}
    return found


def _parts(holder: Gate | Charge) -> str:
    """The kind of a gate or charge, then each of its keys that is set."""
    keys = [(one.name, getattr(holder, one.name)) for one in fields_of(holder) if one.name != "kind"]
    return ", ".join([holder.kind.value, *(f"{name} {said(value)}" for name, value in keys if value is not None)])


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "name": clause.name,
        **dict(clause_values(clause)),
        "valid_from": clause.valid_from.isoformat() if clause.valid_from else None,
        "valid_to": clause.valid_to.isoformat() if clause.valid_to else None,
        "citations": [{"key": one.parameter.partition(".")[2], **_citation(one)} for one in clause.citations],
    }


def _cited(cited: Cited[Any]) -> dict[str, Any]:
    return {
        "valid_from": cited.valid_from.isoformat(),
        "valid_to": cited.valid_to.isoformat() if cited.valid_to else None,
        **_citation(cited.citation),
    }


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
    key = citation.parameter.partition(".")[2]
    return paragraph(f"{f'{key}, ' if key else ''}{citation.clause} ({citation.agreement}): {words}")
