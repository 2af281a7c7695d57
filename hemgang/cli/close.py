"""`hemgang close`: a month's statement, ledger and review list; drafted, and with --commit closed.

A drafted or closed month as text: a statement for each payer, its clauses, assumptions, review and findings.

Drafts a month, and closes it if asked to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Annotated

import typer

from hemgang.cli.closers import Closers
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, fields, note, paragraph, print_json, print_lines, table, told
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    examples,
    now_or,
    payer_code,
    place,
    read_time,
    region_code,
    region_name,
)
from hemgang.cli.reader import reader
from hemgang.closing.adjustments import of_payer
from hemgang.closing.settlement import month_json, parked_rows, to_pay
from hemgang.i18n.formats import table_text
from hemgang.liability.model import ClauseLine, Draft, Month, StrictRefused
from hemgang.queries.months import MonthRequest, MonthView, view_month
from hemgang.scope import Scope
from hemgang.services.closing import Decision, close_month
from hemgang.services.installation import Installation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang close 23 2023-03",
            'hemgang close "Jämtland Härjedalen" 2023-03 --payer 2380 --format json',
            'hemgang close 23 2023-03 --commit --by "A. Ek" --attest "B. Ström" --decision "agreed in April"',
        )
    )(close)


def close(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")],
    payer: Annotated[
        str | None,
        typer.Option(
            "--payer", metavar="PAYER", help="Only this payer: a municipality's code or name (0180/district)."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="From what had been received by then.")
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Close the month; it never changes after that.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who closes; needed with --commit.")] = None,
    attest: Annotated[
        str | None,
        typer.Option("--attest", metavar="NAME", help="The second person, where no review was agreed by both sides."),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option("--decision", metavar="TEXT", help="Why it is closed over findings that touch money."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if the result rests on values that no source gives.")
    ] = False,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Draft a month's statement for each payer, or close it.

    Shows care days and amounts, clause by clause, with the assumptions the result rests on and how much is up for
    review. JSON holds every row that is not free, the review list and the findings. Closing takes two persons.
    """
    pass  # dropped import
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    wanted = Wanted(region=region, month=month, payer=payer, as_of=as_of, strict=strict)
    where = place(context, database)
    scope = scope_of(context)
    if not close_or_draft(where, scope, wanted, Closers(commit, by, attest, decision), form=form, now=now):
        raise typer.Exit(1)


FINDINGS_SHOWN = 20


def statement_text(month: MonthView) -> Iterator[str]:
    """Yield the lines."""
    draft, status = month.draft, month.status.value
    yield from fields(
        [
            ("region", f"{draft.region} {region_name(draft.region)}"),
            ("month", draft.month),
            ("agreement", f"{draft.agreement.name}, version {draft.agreement.version}"),
            ("status", status if draft.over else f"{status}, a forecast: the month is not over"),
            ("hash", month.content),
        ]
    )
    if draft.suspended is not None:
        yield ""
        yield from paragraph(
            f"Liability is suspended from {draft.suspended.valid_from}: computed here, nothing of it is to be paid. "
            f"{draft.suspended.citation.assumption or draft.suspended.citation.quote}",
            indent="",
        )
    yield ""
    yield from _payers(month)
    yield ""
    yield from _clauses(draft)
    yield from _assumptions(draft)
    yield ""
    yield f"{len(draft.review)} entries on the joint review list, {len(draft.findings)} findings that touch money"
    for finding in draft.findings[:FINDINGS_SHOWN]:
        yield from paragraph(f"{finding.code}: {finding.episode}; expected: {finding.expected}")
    if len(draft.findings) > FINDINGS_SHOWN:
        yield f"    and {len(draft.findings) - FINDINGS_SHOWN} more; --format json lists them all"


def _payers(month: MonthView) -> Iterator[str]:
    """The statements; what is parked, adjusted and to pay stands beside them only where anything is."""
    draft = month.draft
    plain = draft.suspended is None and not month.adjustments
    parked = {one.payer: [row for row, _ in parked_rows(one.rows, month.review)] for one in draft.statements}
    rows: list[tuple[object, ...]] = []
    for one in draft.statements:
        row = (one.payer, one.name, one.population, one.care_days, _kronor(f"{one.amount:.2f}"))
        owed = of_payer(month.adjustments, one.payer)
        due = to_pay(one, parked[one.payer], owed, suspended=draft.suspended is not None)
        out = sum((each.amount for each in parked[one.payer]), Decimal("0.00"))
        change = sum((each.amount for each in owed), Decimal("0.00"))
        rows.append((*row, *(_kronor(f"{each:.2f}") for each in (out, change, due))))
    headers = ("payer", "name", "discharged", "care days", "amount (kr)", "parked", "adjusted", "to pay (kr)")
    if plain and not any(parked.values()):
        yield from table(headers[:5], [row[:5] for row in rows], right=(2, 3, 4))
        return
    yield from table(headers, rows, right=(2, 3, 4, 5, 6, 7))


def _clauses(draft: Draft) -> Iterator[str]:
    rows = [
        (
            statement.payer,
            line.clause,
            line.gate.value,
            line.result.exempt,
            _against(line),
            line.persons,
            line.care_days,
        )
        for statement in draft.statements
        for line in statement.clauses
    ]
    headers = ("payer", "clause", "gate", "exempt", "value / threshold", "persons", "care days")
    yield from table(headers, rows, right=(5, 6))


def _assumptions(draft: Draft) -> Iterator[str]:
    if not draft.assumptions:
        return
    yield ""
    yield f"{len(draft.assumptions)} assumptions, values that no source gives:"
    for used in draft.assumptions:
        yield from paragraph(f"{used.agreement}, {used.parameter} ({used.clause}): {used.assumption}")


def _against(line: ClauseLine) -> str | None:
    value, threshold = line.result.value, line.result.threshold
    return None if threshold is None else f"{_exact(value)} / {_exact(threshold)}"


def _exact(value: Fraction | None) -> str:
    return "-" if value is None else str(value)


def _kronor(amount: str) -> str:
    """An amount with a space between thousands."""
    whole, point, cents = amount.removeprefix("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    return sign + f"{int(whole):,}".replace(",", " ") + point + cents


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drafted, as the user wrote it."""

    region: str
    month: str
    payer: str | None
    as_of: str | None
    strict: bool


def close_or_draft(
    place: Place, scope: Scope, wanted: Wanted, closers: Closers, *, form: Format, now: str | None
) -> bool:
    """Draft a month, or close it, and show what is in the scope; return False where --strict refused it.

    Raises:
        WrongUse: region, month, payer or a time is wrong, or outside the scope, or --commit comes without --by.
        RateUnknown: the amount a care day is not known for the month, or for a charged day.
        ClosingRefused: the month cannot be closed as asked.
    """
    request = _request(wanted, now_or(now))
    decision = closers.decided()
    by = reader(f"{request.region} {request.month}")
    told(f"{request.month} …")
    with installation_at(place) as installation:
        close = partial(_close, installation, request, decision) if decision is not None else None
        try:
            shown = view_month(installation, by, scope, request, close=close)
        except StrictRefused as refused:
            note(str(refused))
            return False
        finally:
            told("")
    _remark(request, shown)
    if form is Format.JSON:
        print_json(month_json(shown.draft, shown.review, shown.adjustments, status=shown.status, content=shown.content))
    else:
        print_lines(statement_text(shown))
    return True


def _request(wanted: Wanted, now: datetime) -> MonthRequest:
    as_of = read_time(wanted.as_of, "--as-of") if wanted.as_of is not None else None
    return MonthRequest(
        region=region_code(wanted.region),
        month=Month.parse(wanted.month),
        payer=payer_code(wanted.payer) if wanted.payer is not None else None,
        strict=wanted.strict,
        now=now,
        as_of=as_of,
    )


def _close(
    installation: Installation, request: MonthRequest, decision: Decision, drafted: Draft, stored_until: datetime
) -> Draft:
    closed = close_month(
        installation.database,
        drafted,
        decision=decision,
        now=request.now,
        as_of=request.known_at,
        stored_until=stored_until,
    )
    if closed.already:
        before = closed.closing
        note(f"{request.month} was closed with the same content {table_text(before.closed_at)} by {before.closed_by}")
    return closed.draft


def _remark(request: MonthRequest, shown: MonthView) -> None:
    """Remark on an earlier closing and what came in since, on a payer without an episode, and on a forecast."""
    if shown.earlier is not None:
        before, late = shown.earlier.closing, shown.earlier.later_episodes
        content = "the same" if shown.earlier.same else "other"
        note(f"{request.month} was closed {table_text(before.closed_at)} by {before.closed_by} with {content} content")
        if late:
            what = "1 episode has messages" if late == 1 else f"{late} episodes have messages"
            note(f"{what} that came in after the closing; see hemgang restate {request.region} {request.month}")
    if shown.payer_absent:
        note(f"payer {request.payer} has no episode in county {request.region} in {request.month}")
    if not shown.draft.over:
        note(f"{request.month} is not over: this is a forecast")
