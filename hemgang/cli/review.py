"""`hemgang review`: both parties go through a month; its acts recorded, and where every payer and dispute stands."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import typer

from agreements.model import DisputeStep
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import Format, fields, print_json, print_lines, table, words
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
    read_date,
    region_code,
)
from hemgang.cli.params import reason as kept_reason
from hemgang.cli.statement import remark_no_episode
from hemgang.closing.review import SETTLING, Act, Dispute, Event, Side, ladder
from hemgang.i18n.catalogue import phrase
from hemgang.liability.model import Draft, LedgerRow, Month
from hemgang.queries.months import MonthRequest, ReviewView, view_review
from hemgang.services.review import agree_to_all, record_act
from hemgang.store.database import Database

RegionArgument = Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")]
MonthArgument = Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")]
PayerOption = Annotated[str, typer.Option("--payer", metavar="PAYER", help="A municipality's code or name.")]
ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who acts.")]
SideOption = Annotated[Side, typer.Option("--side", help="For which party.")]
EpisodeOption = Annotated[
    str | None, typer.Option("--episode", metavar="EPISODE", help="Its rows; else the row over the payer's mean.")
]
DateOption = Annotated[str | None, typer.Option("--date", metavar="DATE", help="Only the row of this date.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the month.")]
MatterOption = Annotated[
    str, typer.Option("--matter", metavar="local|principle", help="Which dispute ladder it goes up.")
]
WithOption = Annotated[
    str | None,
    typer.Option("--with", metavar="NAME", help="Who settles it for the other side; needed against that side."),
]
HowOption = Annotated[
    Act, typer.Option("--how", metavar="upheld|dropped|withdrawn", help="The charge stands, falls, or is not disputed.")
]
Record = Callable[[Database, Draft, Event], object]
"""How an act is recorded on a month."""

MATTERS = ("local", "principle")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("open", epilog=examples('hemgang review open 23 2023-03 --by "A. Ek"'))(open_review)
    group.command("show", epilog=examples("hemgang review show 23 2023-03 --payer 2380"))(show)
    group.command(
        "agree",
        epilog=examples(
            'hemgang review agree 23 2023-03 --payer 2380 --side municipality --by "B. Ström"',
            'hemgang review agree 23 2023-03 --all-payers --side region --by "A. Ek"',
        ),
    )(agree)
    group.command(
        "dispute",
        epilog=examples(
            "hemgang review dispute 23 2023-03 --payer 2380 --episode e1 --side municipality \\",
            '  --by "B. Ström" --reason "home care was offered"',
        ),
    )(dispute)
    group.command(
        "escalate",
        epilog=examples('hemgang review escalate 23 2023-03 --payer 2380 --episode e1 --side region --by "A. Ek"'),
    )(escalate)
    group.command(
        "settle",
        epilog=examples(
            "hemgang review settle 23 2023-03 --payer 2380 --episode e1 --side region \\",
            '  --by "A. Ek" --how dropped --reason "agreed by the managers"',
            "hemgang review settle 23 2023-03 --payer 2380 --episode e1 --side region \\",
            '  --by "A. Ek" --with "B. Ström" --how upheld --reason "agreed by the managers"',
        ),
    )(settle)
    app.add_typer(group, name="review", help="Both parties go through a month: agree, dispute, settle.")


def open_review(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    by: ByOption,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Open a month that has ended for review by both parties."""
    request = month_request(region, month, None, now)
    event = _event(request, Act.OPENED, by=by, side=Side.REGION)
    _act(context_of(context, database), request, event, form=form)


def show(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: Annotated[str | None, typer.Option("--payer", metavar="PAYER", help="Only this payer.")] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show where a month stands: who has agreed, what is disputed, on which step of the ladder."""
    request = month_request(region, month, payer, now)
    where = context_of(context, database)
    with installation_at(where.place) as installation:
        view = view_review(installation, reader(f"{request.region} {request.month}"), where.scope, request)
    _show(view, request, form)


def agree(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    side: SideOption,
    by: ByOption,
    payer: Annotated[
        str | None, typer.Option("--payer", metavar="PAYER", help="A municipality's code or name.")
    ] = None,
    all_payers: Annotated[
        bool, typer.Option("--all-payers", help="Each payer's statement that the side has not agreed to yet.")
    ] = False,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Agree for one side to a payer's statement as it now is, or to every payer's, but for rows in dispute.

    A statement that changes afterwards must be agreed to again. The two sides are two persons.
    """
    if all_payers == (payer is not None):
        raise WrongUse(phrase("closing.wrong.one_payer"))
    request = month_request(region, month, payer, now)
    event = _event(request, Act.AGREED, by=by, side=side)
    record = agree_to_all if all_payers else record_act
    _act(context_of(context, database), request, event, record=record, form=form)


def dispute(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: PayerOption,
    side: SideOption,
    by: ByOption,
    reason: ReasonOption,
    episode: EpisodeOption = None,
    date: DateOption = None,
    matter: MatterOption = "local",
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Dispute charged rows of an episode, or the row over a payer's mean.

    They are parked when the month is closed, and go up the agreement's dispute ladder.
    """
    if matter not in MATTERS:
        raise WrongUse(phrase("closing.wrong.matter"))
    request = month_request(region, month, payer, now)
    event = _event(request, Act.DISPUTED, by=by, side=side, episode=episode, date=date, reason=reason, matter=matter)
    _act(context_of(context, database), request, event, form=form)


def escalate(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: PayerOption,
    side: SideOption,
    by: ByOption,
    episode: EpisodeOption = None,
    date: DateOption = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take a dispute to the next step of the ladder."""
    request = month_request(region, month, payer, now)
    event = _event(request, Act.ESCALATED, by=by, side=side, episode=episode, date=date)
    _act(context_of(context, database), request, event, form=form)


def settle(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: PayerOption,
    side: SideOption,
    by: ByOption,
    how: HowOption,
    reason: ReasonOption,
    other: WithOption = None,
    episode: EpisodeOption = None,
    date: DateOption = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """End a dispute: the charge is upheld, dropped, or no longer disputed.

    A side can give way alone: the region drops, the municipality upholds. Against the other side it takes both. Of a
    closed month, what is upheld is charged by the next restatement.
    """
    if how not in SETTLING:
        raise WrongUse(phrase("closing.wrong.how"))
    request = month_request(region, month, payer, now)
    event = _event(request, how, by=by, side=side, episode=episode, date=date, reason=reason, other=other)
    _act(context_of(context, database), request, event, form=form)


def context_of(context: typer.Context, database: str | None) -> Where:
    """Return where a command works and what it may show."""
    return Where(place(context, database), scope_of(context))


def month_request(region: str, month: str, payer: str | None, now: str | None) -> MonthRequest:
    """Return the month that the user wrote, of one payer or of all.

    Raises:
        WrongUse, NotAMonth: there is no such region, payer or month.
    """
    return MonthRequest(region_code(region), Month.parse(month), payer_code(payer) if payer else None, now_or(now))


def _event(
    request: MonthRequest,
    act: Act,
    *,
    by: str,
    side: Side,
    episode: str | None = None,
    date: str | None = None,
    reason: str = "",
    matter: str = "local",
    other: str | None = None,
) -> Event:
    return Event(
        act=act,
        at=request.now,
        by=person_name(by, "--by"),
        side=side,
        payer=request.payer or "",
        episode=episode or "",
        day=read_date(date, "--date") if date else None,
        reason=kept_reason(reason, "--reason") if reason else "",
        matter=matter,
        other=person_name(other, "--with") if other is not None else "",
    )


def _act(where: Where, request: MonthRequest, event: Event, *, form: Format, record: Record = record_act) -> None:
    """Record an act on a month, and show where the month stands then."""
    by = reader(f"{request.region} {request.month}")
    with installation_at(where.place) as installation:
        act = partial(_recorded, installation.database, record, event)
        view = view_review(installation, by, where.scope, request, act=act)
    _show(view, request, form)


def _recorded(database: Database, record: Record, event: Event, drafted: Draft) -> None:
    record(database, drafted, event)


def _show(view: ReviewView, request: MonthRequest, form: Format) -> None:
    if view.no_episode:
        remark_no_episode(request)
    if form is Format.JSON:
        print_json(_as_json(view))
    elif not view.no_episode:
        print_lines(_text(view))


def _as_json(view: ReviewView) -> dict[str, Any]:
    draft, review = view.draft, view.review
    return {
        "region": draft.region,
        "month": str(draft.month),
        "status": view.status.value,
        "opened_by": review.opened_by,
        "payers": [
            {
                "payer": one.payer,
                "name": one.name,
                "amount": f"{one.amount:.2f}",
                "content": view.contents[one.payer],
                **{side.value: _agreement_json(view, one.payer, side) for side in Side},
            }
            for one in draft.statements
        ],
        "disputes": [_dispute_json(one, draft) for one in review.disputes],
    }


def _agreement_json(view: ReviewView, payer: str, side: Side) -> dict[str, Any] | None:
    agreed = view.review.agreed.get((payer, side))
    return None if agreed is None else {"by": agreed.by, "holds": (payer, side) not in view.lacking}


def _dispute_json(one: Dispute, drafted: Draft) -> dict[str, Any]:
    return {
        "payer": one.subject.payer,
        "episode": one.subject.episode or None,
        "date": None if one.subject.day is None else one.subject.day.isoformat(),
        "side": one.side.value,
        "by": one.by,
        "reason": one.reason,
        "matter": one.matter,
        "step": one.step,
        "who": _who(drafted.agreement.disputes, one),
        "settled": None if one.settled is None else one.settled.value,
        "settled_by": list(one.settled_by),
        "amount": f"{sum(row.amount for row in _rows(one, drafted)):.2f}",
    }


def _rows(dispute: Dispute, drafted: Draft) -> list[LedgerRow]:
    return [row for row in drafted.ledger if row.amount and dispute.subject.holds(row)]


def _who(steps: Sequence[DisputeStep], dispute: Dispute) -> str | None:
    in_order = ladder(steps, dispute.matter)
    return in_order[dispute.step - 1].who if dispute.step <= len(in_order) else None


def _text(view: ReviewView) -> Iterator[str]:
    draft = view.draft
    yield from fields(
        [
            ("region", draft.region),
            ("month", draft.month),
            ("status", view.status),
            ("opened_by", view.review.opened_by),
        ]
    )
    yield ""
    rows = [
        (one.payer, one.name, one.amount, *(_agreement_text(view, one.payer, side) for side in Side))
        for one in draft.statements
    ]
    yield from table(("payer", "name", "amount", "the_region", "municipality"), rows, right=(2,))
    if not view.review.disputes:
        return
    yield ""
    columns = ("payer", "episode", "date", "amount", "disputed_by", "status", "ladder")
    disputes = [_dispute_row(one, draft) for one in view.review.disputes]
    yield from table(columns, disputes, right=(3,), under=[one.reason for one in view.review.disputes])


def _agreement_text(view: ReviewView, payer: str, side: Side) -> str | None:
    agreed = view.review.agreed.get((payer, side))
    if agreed is None:
        return None
    key = "agreed_before" if (payer, side) in view.lacking else "agreed"
    return words(f"closing.{key}", by=agreed.by)


def _dispute_row(one: Dispute, drafted: Draft) -> tuple[object, ...]:
    rows = _rows(one, drafted)
    amount = sum(row.amount for row in rows) if rows else words("closing.not_charged_now")
    by = f"{one.by} ({words(f'names.closing.side.{one.side}')})"
    how: object = Act.DISPUTED
    if one.settled is not None:
        how = words("closing.settled", how=one.settled, by=one.settled_by)
    who = _who(drafted.agreement.disputes, one)
    matter = words(f"names.agreements.matter.{one.matter}")
    step = words("closing.dispute", step=one.step, matter=matter) if who is not None else words("closing.ladder_end")
    ladder_step = f"{step}: {who}" if who else step
    return (
        one.subject.payer,
        one.subject.episode or words("closing.by_mean"),
        one.subject.day,
        amount,
        by,
        how,
        ladder_step,
    )
