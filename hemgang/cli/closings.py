"""`hemgang closings`, `hemgang restate` and `hemgang decide`: closed months, what differs since, joint decisions."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Annotated, Any

import typer

from agreements.model import GateKind
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader
from hemgang.cli.output import Format, fields, in_words, note, print_json, print_lines, table, words
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    examples,
    now_or,
    payer_code,
    person_name,
    region_code,
)
from hemgang.cli.params import reason as kept_reason
from hemgang.cli.review import ByOption, MonthArgument, RegionArgument, context_of, month_request
from hemgang.closing.review import Cause, Status
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.formats import iso_text
from hemgang.liability.model import Month
from hemgang.messages.identity_numbers import redacted
from hemgang.queries import months as query
from hemgang.queries.access import refuse_outside
from hemgang.queries.months import MonthRequest
from hemgang.retention.decide import is_stripped
from hemgang.services.installation import Installation, ReferenceData
from hemgang.services.restatement import Restatement, restatement_json
from hemgang.services.restatement import restate as restate_months
from hemgang.services.review import record_joint_decision as decide_jointly
from hemgang.store.closings import Closing

COLUMNS = ("region", "month", "payer", "revision", "status", "charged_in", "at", "by", "attested_by")
"""What a table tells of one version of a closed month."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang closings list 23"))(list_all)
    group.command(
        "show", epilog=examples("hemgang closings show 23 2023-03", "hemgang closings show 23 2023-03 --version 2")
    )(show)
    app.add_typer(group, name="closings", help="Closed and restated months, as they were closed.")
    app.command(
        epilog=examples(
            "hemgang restate 23",
            "hemgang restate 23 2023-03",
            'hemgang restate 23 2023-03 --commit --by "A. Ek" --attest "B. Ström" --reason "late messages of April"',
        )
    )(restate)
    app.command(
        epilog=examples(
            'hemgang decide 04 2023-03 --payer 0480 --clause joint --by "A. Ek" --with "B. Ström" --text "analysed"'
        )
    )(decide)


def list_all(
    context: typer.Context,
    region: Annotated[str | None, typer.Argument(metavar="[REGION]", help="Only this county.")] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """List the closed months with their versions, persons and open disputes; JSON has their hashes too.

    A remark names each month that later messages touch.
    """
    code, where = region_code(region) if region is not None else None, context_of(context, database)
    with installation_at(where.place) as installation:
        entries, touched = query.list_closings(installation, where.scope, region=code, now=now_or(now))
    for one in touched:
        month = Month.parse(one.month).first
        note(phrase("closing.note.later_of", count=one.episodes, region=one.region, month=month))
    if form is Format.JSON:
        print_json([_as_json(entry.closing) | {"open_disputes": entry.open_disputes} for entry in entries])
        return
    rows = [(*_row(entry.closing), entry.open_disputes) for entry in entries]
    print_lines(table((*COLUMNS, "disputes"), rows, right=(3, 9)))


def show(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: Annotated[str | None, typer.Option("--payer", metavar="PAYER", help="If it was closed alone.")] = None,
    version: Annotated[int, typer.Option("--version", metavar="N", min=1, help="1 is the closing itself.")] = 1,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Show a closed month as it was closed, or one of its restatements.

    What was stored then, not what would be computed now; JSON has all of it.
    """
    code, of_month, of = region_code(region), Month.parse(month), payer_code(payer) if payer is not None else ""
    where, by = context_of(context, database), reader(f"{code} {of_month}")
    with installation_at(where.place) as installation:
        found = query.view_closing(
            installation, by, where.scope, region=code, month=of_month, payer=of, version=version
        )
    if form is Format.JSON:
        print_json(_as_json(found) | {"decision": found.decision, "body": json.loads(found.body)})
    else:
        print_lines(_closing_text(found))


def restate(
    context: typer.Context,
    region: RegionArgument,
    month: Annotated[str | None, typer.Argument(metavar="[MONTH]", help="YYYY-MM; else every closed month.")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Charge the difference in the next open month.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who restates; needed with --commit.")] = None,
    attest: Annotated[
        str | None, typer.Option("--attest", metavar="NAME", help="The second person; needed with --commit.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the restatement.")] = "",
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show how a closed month would come out now, by cause.

    With --commit the difference becomes a new version and is charged in the next open month; what was closed stays.
    """
    at, code, of_month = now_or(now), region_code(region), Month.parse(month) if month is not None else None
    persons = _persons(commit=commit, by=by, attest=attest, reason=reason)
    where, who = context_of(context, database), reader(f"{code} {of_month or 'all'}")
    with installation_at(where.place) as installation:
        charge = partial(_charge, installation, code, persons, reason, at) if persons is not None else None
        found = query.view_restatement(
            installation, who, where.scope, region=code, month=of_month, now=at, commit=charge
        )
    if form is Format.JSON:
        print_json([restatement_json(one) for one in found])
    else:
        print_lines(_restated_text(found))


def decide(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: Annotated[str, typer.Option("--payer", metavar="PAYER", help="A municipality's code or name.")],
    clause: Annotated[str, typer.Option("--clause", metavar="ID", help="The clause that waits for a decision.")],
    by: ByOption,
    other: Annotated[str, typer.Option("--with", metavar="NAME", help="Who decides for the municipality.")],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What was decided; kept with it.")],
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Record that both parties decided to charge a payer for a month.

    Only for a clause whose gate is a joint decision.
    """
    request, where = month_request(region, month, payer, now), context_of(context, database)
    of = request.payer or ""
    refuse_outside(where.scope, region=request.region, payer=of, whole=True)
    with installation_at(where.place) as installation:
        _check_clause(installation.rules, request, clause)
        decide_jointly(
            installation.database,
            region=request.region,
            month=str(request.month),
            payer=of,
            clause=clause,
            by=(person_name(by, "--by"), person_name(other, "--with")),
            text=kept_reason(text, "--text"),
            now=request.now,
        )
    recorded = {"region": request.region, "month": str(request.month), "payer": of, "clause": clause}
    recorded |= {"by": by, "with": other, "text": text}
    if form is Format.JSON:
        print_json(recorded)
    else:
        print_lines(fields(list((recorded | {"month": request.month}).items())))


def _check_clause(rules: ReferenceData, request: MonthRequest, clause: str) -> None:
    terms = rules.agreements.terms(request.region, request.month.first, request.payer)
    waiting = [one.id for one in terms.clauses if one.gate.kind is GateKind.JOINT_DECISION]
    if clause in waiting:
        return
    named = {"clause": redacted(clause), "month": request.month.first}
    if waiting:
        raise WrongUse(phrase("closing.wrong.other_joint_decision", clauses=", ".join(waiting), **named))
    raise WrongUse(phrase("closing.wrong.no_joint_decision", agreement=terms.agreement, **named))


def _persons(*, commit: bool, by: str | None, attest: str | None, reason: str) -> tuple[str, str] | None:
    """Return who restates and who attests it, None where nothing is to be charged.

    Raises:
        WrongUse: one of them is missing or given without --commit, or a name or the reason cannot be kept.
    """
    if not commit:
        if by is not None or attest is not None or reason:
            raise WrongUse(phrase("closing.wrong.restate_belongs"))
        return None
    if by is None or attest is None:
        raise WrongUse(phrase("closing.wrong.commit_needs_two"))
    if reason:
        kept_reason(reason, "--reason")
    return person_name(by, "--by"), person_name(attest, "--attest")


def _charge(
    installation: Installation,
    region: str,
    persons: tuple[str, str],
    reason: str,
    now: datetime,
    found: Sequence[Restatement],
) -> None:
    by, attested_by = persons
    stored = restate_months(
        installation.database, found, region=region, by=by, attested_by=attested_by, reason=reason, now=now
    )
    for one in stored:
        month, charged_in = (Month.parse(text).first for text in (one.month, one.charged_in))
        note(phrase("closing.note.restated", month=month, version=one.version, charged_in=charged_in))


def _as_json(one: Closing) -> dict[str, Any]:
    return {
        "region": one.region,
        "month": one.month,
        "payer": one.payer or None,
        "version": one.version,
        "status": one.status,
        "charged_in": one.charged_in or None,
        "hash": one.hash,
        "as_of": iso_text(one.as_of),
        "closed_at": iso_text(one.closed_at),
        "closed_by": one.closed_by,
        "attested_by": one.attested_by or None,
    }


def _row(one: Closing) -> tuple[object, ...]:
    payer = one.payer or words("closing.all_payers")
    charged_in = Month.parse(one.charged_in) if one.charged_in else None
    persons = (one.closed_by, one.attested_by or None)
    head = (one.region, Month.parse(one.month), payer, one.version, Status(one.status), charged_in)
    return (*head, one.closed_at, *persons)


def _closing_text(one: Closing) -> Iterator[str]:
    """The head, then the statements of a closing or the differences of a restatement."""
    yield from fields([*zip(COLUMNS, _row(one), strict=True), ("as_of", one.as_of), ("hash", one.hash)])
    yield from fields([("decision", one.decision or None)])
    yield ""
    body = json.loads(one.body)
    if is_stripped(body):
        yield from (words("closing.removed", on=body["removed"]["on"]), "")
    if one.version == 1:
        rows = [
            (of["payer"], of["name"], Fraction(of["care_days"]), Decimal(of["amount"]), _kronor(of.get("to_pay")))
            for of in body["payers"]
        ]
        yield from table(("payer", "name", "care_days", "amount", "to_pay"), rows, right=(2, 3, 4))
        return
    changes = [
        (of["payer"], Cause(of["cause"]), Fraction(of["care_days"]), Decimal(of["amount"]))
        for of in body["adjustments"]
    ]
    yield from table(("payer", "cause", "care_days", "amount"), changes, right=(2, 3))


def _kronor(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _restated_text(found: Sequence[Restatement]) -> Iterator[str]:
    for one in found:
        values = {"month": one.month.first, "whom": in_words(_whom(one))}
        if not one.found:
            yield words("closing.same", **values)
            continue
        yield words("closing.differs", count=len({each.row for each in one.found}), **values)
        sums = [(each.payer, each.cause, each.care_days, each.amount) for each in one.adjustments()]
        yield from table(("payer", "cause", "care_days", "amount"), sums, right=(2, 3))
        yield ""
        rows = [
            (
                *(each.payer, each.episode or words("closing.by_mean"), each.date),
                *(each.cause, each.care_days, each.amount),
            )
            for each in one.found
        ]
        yield from table(("payer", "episode", "date", "cause", "care_days", "amount"), rows, right=(4, 5))


def _whom(one: Restatement) -> Phrase:
    return phrase("closing.of_payer", payer=one.payer) if one.payer else phrase("closing.all_payers")
