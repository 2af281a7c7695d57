"""`hemgang closings`, `hemgang restate` and `hemgang decide`: closed months, what differs since, joint decisions.

Closed months as they are stored, and joint decisions recorded.

How a closed month would come out now, and its restatement.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer

from agreements.model import GateKind
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, fields, note, print_json, print_lines, table
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Where,
    examples,
    now_or,
    payer_code,
    person_name,
    reason,
    region_code,
)
from hemgang.cli.reader import reader
from hemgang.cli.review import ByOption, MonthArgument, RegionArgument, context_of
from hemgang.i18n.formats import iso_text, table_text
from hemgang.liability.model import Month
from hemgang.messages.identity_numbers import redacted
from hemgang.queries import months as query
from hemgang.queries.access import refuse_outside
from hemgang.retention.decide import is_stripped
from hemgang.services.installation import Installation, ReferenceData
from hemgang.services.restatement import Restated, restated_json
from hemgang.services.restatement import restate as restate_months
from hemgang.services.review import decide as review_decide
from hemgang.store.closings import Closing


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
    """List the closed months with their versions, persons, hashes and open disputes.

    A remark names each month that later messages touch.
    """
    pass  # dropped import

    list_closings(context_of(context, database), region, form=form, now=now)


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
    pass  # dropped import

    show_closing(context_of(context, database), region, month, payer=payer, version=version, form=form)


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
    pass  # dropped import

    who = Restaters(commit, by, attest, reason)
    restate_month(context_of(context, database), region, month, who, form=form, now=now)


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
    pass  # dropped import

    where = context_of(context, database)
    record_decision(where, region, month, payer=payer, clause=clause, by=(by, other), text=text, form=form, now=now)


def list_closings(where: Where, region: str | None, *, form: Format, now: str | None) -> None:
    """List every version of every closed month in the scope, and say which have later messages.

    Raises:
        WrongUse: there is no such region.
    """
    code = region_code(region) if region is not None else None
    with installation_at(where.place) as installation:
        entries, touched = query.list_closings(installation, where.scope, region=code, now=now_or(now))
    for one in touched:
        episodes = "1 episode has messages" if one.episodes == 1 else f"{one.episodes} episodes have messages"
        note(f"{episodes} that came in after the closing of {one.region} {one.month}; see hemgang restate {one.region}")
    if form is Format.JSON:
        print_json([_as_json(entry.closing) | {"open_disputes": entry.open_disputes} for entry in entries])
        return
    rows = [
        (
            *(one.region, one.month, one.payer or "all", one.version, one.status, one.charged_in or None),
            *(table_text(one.closed_at), one.closed_by, one.attested_by or None, one.hash[:12], entry.open_disputes),
        )
        for entry in entries
        for one in (entry.closing,)
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
    by = reader(f"{code} {wanted}")
    with installation_at(where.place) as installation:
        found = query.view_closing(installation, by, where.scope, region=code, month=wanted, payer=of, version=version)
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
    refuse_outside(where.scope, region=code, payer=of, whole=True)
    with installation_at(where.place) as installation:
        _check_clause(installation.rules, code, wanted, of, clause)
        review_decide(
            installation.database,
            region=code,
            month=str(wanted),
            payer=of,
            clause=clause,
            by=(person_name(by[0], "--by"), person_name(by[1], "--with")),
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


def _check_clause(rules: ReferenceData, region: str, month: Month, payer: str, clause: str) -> None:
    terms = rules.agreements.terms(region, month.first, payer)
    waiting = [one.id for one in terms.clauses if one.gate.kind is GateKind.JOINT_DECISION]
    if clause not in waiting:
        known = f"those that do: {', '.join(waiting)}" if waiting else f"no clause of {terms.agreement} does"
        raise WrongUse(f"clause {redacted(clause)!r} waits for no joint decision in {month}; {known}")


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


@dataclass(frozen=True, slots=True)
class Restaters:
    """Whether to restate, who does, who attests it, and why."""

    commit: bool
    by: str | None
    attest: str | None
    reason: str


def restate_month(
    where: Where, region: str, month: str | None, who: Restaters, *, form: Format, now: str | None
) -> None:
    """Show what differs from what was closed (None = in every closed month); with `who.commit` charge it.

    Raises:
        WrongUse: the region is wrong or outside the scope, or --commit lacks its two names.
        ClosingRefused, FourEyes: the month is not closed, or cannot be restated as asked.
    """
    at, code, wanted = now_or(now), region_code(region), Month.parse(month) if month is not None else None
    if who.commit and (who.by is None or who.attest is None):
        raise WrongUse("--commit needs --by NAME and --attest NAME, two persons")
    if not who.commit and (who.by is not None or who.attest is not None or who.reason):
        raise WrongUse("--by, --attest and --reason belong to --commit")
    by = reader(f"{code} {wanted or 'all'}")
    with installation_at(where.place) as installation:
        commit = partial(_commit, installation, code, who, at) if who.commit else None
        found = query.view_restatement(installation, by, where.scope, region=code, month=wanted, now=at, commit=commit)
    if form is Format.JSON:
        print_json([restated_json(one) for one in found])
    else:
        print_lines(_text_of_restating(found))


def _commit(installation: Installation, region: str, who: Restaters, now: datetime, found: Sequence[Restated]) -> None:
    stored = restate_months(
        installation.database,
        found,
        region=region,
        by=person_name(who.by or "", "--by"),
        attested_by=person_name(who.attest or "", "--attest"),
        reason=reason(who.reason, "--reason") if who.reason else "",
        now=now,
    )
    for each in stored:
        note(f"{each.month} restated as version {each.version}; the difference is charged in {each.charged_in}")


def _text_of_restating(found: Sequence[Restated]) -> Iterator[str]:
    for one in found:
        whom = f"payer {one.payer}" if one.payer else "all payers"
        if not one.found:
            yield f"{one.month}, {whom}: nothing differs from what was closed"
            continue
        differing = len({each.row for each in one.found})
        what = "1 row differs" if differing == 1 else f"{differing} rows differ"
        yield f"{one.month}, {whom}: {what} from what was closed"
        sums = [(each.payer, each.cause.value, each.care_days, f"{each.amount:.2f}") for each in one.adjustments()]
        yield from table(("payer", "cause", "care days", "amount (kr)"), sums, right=(2, 3))
        yield ""
        rows = [
            (each.payer, each.episode or "mean", each.date, each.cause.value, each.care_days, f"{each.amount:.2f}")
            for each in one.found
        ]
        yield from table(("payer", "episode", "date", "cause", "care days", "amount (kr)"), rows, right=(4, 5))
