"""Closed months as they are stored, and joint decisions recorded."""

import json
from collections.abc import Iterator
from typing import Any

from agreements.clause import GateKind
from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Where
from hemgang.cli.output import Format, note, print_json, print_lines, shown
from hemgang.cli.table import fields, table
from hemgang.cli.views.deciding import named, reason
from hemgang.cli.views.moments import iso, now_or, written
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_code, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.engine.reviewing import decide
from hemgang.engine.rules import Rules
from hemgang.engine.touched import closed_months_touched, open_disputes
from hemgang.liability.month import Month
from hemgang.retention.stripping import is_stripped
from hemgang.store import closings
from hemgang.store.closings import Closing


def list_closings(where: Where, region: str | None, *, form: Format, now: str | None) -> None:
    """List every version of every closed month in the scope, and say which have later messages.

    Raises:
        WrongUse: there is no such region.
    """
    code = region_code(region) if region is not None else None
    with installation_at(where.place) as installation, installation.database.reading() as session:
        found = [one for one in closings.of_region(session, code) if _visible(where, one)]
        disputed = [open_disputes(session, one) for one in found]
        touched = closed_months_touched(session, found, now=now_or(now))
    for one in touched:
        episodes = "1 episode has messages" if one.episodes == 1 else f"{one.episodes} episodes have messages"
        note(f"{episodes} that came in after the closing of {one.region} {one.month}; see hemgang restate {one.region}")
    if form is Format.JSON:
        print_json([_as_json(one) | {"open_disputes": count} for one, count in zip(found, disputed, strict=True)])
        return
    rows = [
        (
            *(one.region, one.month, one.payer or "all", one.version, one.status, one.charged_in or None),
            *(written(one.closed_at), one.closed_by, one.attested_by or None, one.hash[:12], count),
        )
        for one, count in zip(found, disputed, strict=True)
    ]
    headers = ("region", "month", "payer", "version", "status", "charged in", "at", "by", "attested by", "hash")
    print_lines(table((*headers, "disputes"), rows, right=(3, 10)))


def show_closing(where: Where, region: str, month: str, *, payer: str | None, version: int, form: Format) -> None:
    """Show what was stored of a closed month.

    Raises:
        WrongUse: the month is not closed, or has no such version, or lies outside the scope.
    """
    code, wanted = region_code(region), Month.parse(month)
    of = payer_code(payer) if payer is not None else ""
    refuse_outside(where.scope, region=code, payer=of or None, commit=True)
    with installation_at(where.place) as installation:
        log_reading(installation.database, reader(f"{code} {wanted}"), action="closings")
        with installation.database.reading() as session:
            versions = closings.versions_of(session, region=code, month=str(wanted), payer=of)
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        whom = f" for payer {of}" if of else " for all payers"
        raise WrongUse(f"{wanted} of county {code} is not closed{whom} in version {version}")
    document = _as_json(found) | {"decision": found.decision, "body": json.loads(found.body)}
    if form is Format.JSON:
        print_json(document)
    else:
        print_lines(_text(document))


def _text(document: dict[str, Any]) -> Iterator[str]:
    """The head, then the statements of a closing or the differences of a restatement."""
    yield from fields([(name.replace("_", " "), value) for name, value in document.items() if name != "body"])
    yield ""
    body = document["body"]
    if is_stripped(body):
        yield from (f"the rows went on {body['removed']['on']} by the retention rules; sums and hash remain", "")
    if document["version"] == 1:
        rows = [
            (one["payer"], one["name"], one["care_days"], one["amount"], one.get("to_pay")) for one in body["payers"]
        ]
        yield from table(("payer", "name", "care days", "amount (kr)", "to pay (kr)"), rows, right=(2, 3, 4))
        return
    changes = [(one["payer"], one["cause"], one["care_days"], one["amount"]) for one in body["adjustments"]]
    yield from table(("payer", "cause", "care days", "amount (kr)"), changes, right=(2, 3))


def record_decision(
    where: Where,
    region: str,
    month: str,
    *,
    payer: str,
    clause: str,
    by: tuple[str, str],
    text: str,
    form: Format,
    now: str | None,
) -> None:
    """Record a joint decision.

    Raises:
        WrongUse: region, payer or clause is wrong, or outside the scope.
        ClosingRefused, FourEyes: it cannot be recorded.
    """
    at, code, wanted, of = now_or(now), region_code(region), Month.parse(month), payer_code(payer)
    refuse_outside(where.scope, region=code, payer=of, commit=True)
    with installation_at(where.place) as installation:
        _check_clause(installation.rules, code, wanted, of, clause)
        decide(
            installation.database,
            region=code,
            month=str(wanted),
            payer=of,
            clause=clause,
            by=(named(by[0], "--by"), named(by[1], "--with")),
            text=reason(text, "--text"),
            now=at,
        )
    told = {
        "region": code,
        "month": str(wanted),
        "payer": of,
        "clause": clause,
        "by": by[0],
        "with": by[1],
        "text": text,
    }
    if form is Format.JSON:
        print_json(told)
    else:
        print_lines(fields(list(told.items())))


def _check_clause(rules: Rules, region: str, month: Month, payer: str, clause: str) -> None:
    terms = rules.agreements.terms(region, month.first, payer)
    waiting = [one.id for one in terms.clauses if one.gate.kind is GateKind.JOINT_DECISION]
    if clause not in waiting:
        known = f"those that do: {', '.join(waiting)}" if waiting else f"no clause of {terms.agreement} does"
        raise WrongUse(f"clause {shown(clause)!r} waits for no joint decision in {month}; {known}")


def _visible(where: Where, one: Closing) -> bool:
    return where.scope.shows(one.region, (one.payer,) if one.payer else ())


def _as_json(one: Closing) -> dict[str, Any]:
    return {
        "region": one.region,
        "month": one.month,
        "payer": one.payer or None,
        "version": one.version,
        "status": one.status,
        "charged_in": one.charged_in or None,
        "hash": one.hash,
        "as_of": iso(one.as_of),
        "closed_at": iso(one.closed_at),
        "closed_by": one.closed_by,
        "attested_by": one.attested_by or None,
    }
