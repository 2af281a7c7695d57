"""`hemgang close`: a month's statements, charged rows and findings; drafted, and with --commit closed."""

from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from hemgang.cli.agreement_words import clause_names, parameter_name
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import Format, note, print_json, print_lines, told
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Where,
    examples,
    now_or,
    payer_code,
    person_name,
    place,
    read_time,
    reason,
    region_code,
)
from hemgang.cli.statement import remark_no_episode, statement_text
from hemgang.closing.settlement import month_json
from hemgang.i18n.catalogue import phrase
from hemgang.i18n.formats import table_text
from hemgang.liability.model import Draft, Month, StrictRefused
from hemgang.queries.months import EarlierClosing, MonthRequest, MonthView, view_month
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

    Shows care days and amounts, clause by clause; each charged row with episode and date; the findings that hold up
    the closing, with what would settle each; and the assumptions the result rests on. Closing takes two persons.
    """
    request = MonthRequest(
        region=region_code(region),
        month=Month.parse(month),
        payer=payer_code(payer) if payer is not None else None,
        strict=strict,
        now=now_or(now),
        as_of=read_time(as_of, "--as-of") if as_of is not None else None,
    )
    decided = _decision(commit=commit, by=by, attest=attest, text=decision)
    where = Where(place(context, database), scope_of(context))
    if not draft_or_close(where, request, decided, form=form):
        raise typer.Exit(1)


def draft_or_close(where: Where, request: MonthRequest, decision: Decision | None, *, form: Format) -> bool:
    """Draft a month, or close it by a decision, and show what is in the scope; return False where strict refused it.

    Raises:
        OutsideScope: the month is outside the scope.
        RateUnknown: the amount a care day is not known for the month, or for a charged day.
        ClosingRefused: the month cannot be closed as asked.
    """
    by = reader(f"{request.region} {request.month}")
    told(f"{request.month} …")
    with installation_at(where.place) as installation:
        close = partial(_close, installation, request, decision) if decision is not None else None
        try:
            shown = view_month(installation, by, where.scope, request, close=close)
        except StrictRefused as refused:
            named = "; ".join(f"{one.agreement}, {parameter_name(one.parameter)}" for one in refused.assumptions)
            note(phrase("closing.note.strict", count=len(refused.assumptions), named=named))
            return False
        finally:
            told("")
    _remark(request, shown)
    if form is Format.JSON:
        print_json(month_json(shown.draft, shown.review, shown.adjustments, status=shown.status, content=shown.content))
    elif not shown.no_episode or shown.draft.statements:
        print_lines(statement_text(shown, clause_names(installation.rules.agreements, request.month)))
    return True


def _decision(*, commit: bool, by: str | None, attest: str | None, text: str | None) -> Decision | None:
    """Return the decision to close, None where nothing is to be closed.

    Raises:
        WrongUse: names or a decision are given without --commit, or --commit without --by.
    """
    if not commit:
        if any(one is not None for one in (by, attest, text)):
            raise WrongUse(phrase("cli.wrong.belongs_to_commit"))
        return None
    if by is None:
        raise WrongUse(phrase("cli.wrong.commit_needs_by"))
    return Decision(
        by=person_name(by, "--by"),
        reason=reason(text, "--decision") if text is not None else "",
        attested_by=person_name(attest, "--attest") if attest is not None else "",
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
        at = table_text(before.closed_at)
        note(phrase("closing.note.closed_same", month=request.month.first, at=at, by=before.closed_by))
    return closed.draft


def _remark(request: MonthRequest, shown: MonthView) -> None:
    """Remark on an earlier closing and what came in since, on a month without an episode, and on a forecast."""
    if shown.earlier is not None:
        _remark_earlier(request, shown.earlier)
    if shown.no_episode:
        remark_no_episode(request)
    elif not shown.draft.over:
        note(phrase("closing.note.not_over", month=request.month.first))


def _remark_earlier(request: MonthRequest, earlier: EarlierClosing) -> None:
    key = "was_closed_same" if earlier.same else "was_closed_other"
    at, by = table_text(earlier.closing.closed_at), earlier.closing.closed_by
    note(phrase(f"closing.note.{key}", month=request.month.first, at=at, by=by))
    if earlier.later_episodes:
        where = {"region": request.region, "month": request.month}
        note(phrase("closing.note.later", count=earlier.later_episodes, **where))
