"""`hemgang review`: both parties go through a month's rows: agree, dispute, and settle what is disputed.

A month's review on a screen: its acts recorded, and where every payer and dispute stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer

from agreements.model import DisputeStep
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, fields, paragraph, print_json, print_lines, table
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
from hemgang.cli.reader import reader
from hemgang.closing.review import SETTLING, Act, Dispute, Event, Side, ladder
from hemgang.liability.model import Draft, Month
from hemgang.queries.months import MonthRequest, ReviewView, view_review
from hemgang.services.review import record_act
from hemgang.store.access_log import Reader

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


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("open", epilog=examples('hemgang review open 23 2023-03 --by "A. Ek"'))(open_review)
    group.command("show", epilog=examples("hemgang review show 23 2023-03 --payer 2380"))(show)
    group.command(
        "agree", epilog=examples('hemgang review agree 23 2023-03 --payer 2380 --side municipality --by "B. Ström"')
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
    """Lay a month that has ended before both parties."""
    pass  # dropped import

    act(context_of(context, database), Wanted(region, month), Act.OPENED, by=by, side=Side.REGION, form=form, now=now)


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
    pass  # dropped import

    show_review(context_of(context, database), Wanted(region, month, payer), form=form, now=now)


def agree(
    context: typer.Context,
    region: RegionArgument,
    month: MonthArgument,
    payer: PayerOption,
    side: SideOption,
    by: ByOption,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Agree for one side to a payer's statement as it now is, but for rows in dispute.

    A statement that changes afterwards must be agreed to again. The two sides are two persons.
    """
    pass  # dropped import

    where = context_of(context, database)
    act(where, Wanted(region, month, payer), Act.AGREED, by=by, side=side, form=form, now=now)


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
    pass  # dropped import

    wanted = Wanted(region, month, payer, episode, date, reason, matter)
    act(context_of(context, database), wanted, Act.DISPUTED, by=by, side=side, form=form, now=now)


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
    pass  # dropped import

    wanted = Wanted(region, month, payer, episode, date)
    act(context_of(context, database), wanted, Act.ESCALATED, by=by, side=side, form=form, now=now)


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
    pass  # dropped import

    wanted = Wanted(region, month, payer, episode, date, reason, other=other)
    act(context_of(context, database), wanted, how, by=by, side=side, form=form, now=now)


def context_of(context: typer.Context, database: str | None) -> Where:
    """Return where a command works and what it may show."""
    from hemgang.cli.reader import scope_of

    return Where(place(context, database), scope_of(context))


MATTERS = ("local", "principle")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which month and rows are meant, as the user wrote it."""

    region: str
    month: str
    payer: str | None = None
    episode: str | None = None
    date: str | None = None
    reason: str = ""
    matter: str = "local"
    other: str | None = None


def act(where: Where, wanted: Wanted, what: Act, *, by: str, side: Side, form: Format, now: str | None) -> None:
    """Record an act on a month, and show where the month stands then.

    Raises:
        WrongUse: a region, payer, date or word is wrong, or outside the scope.
        ClosingRefused, FourEyes: the month cannot take it.
    """
    request = _request(wanted, now_or(now))
    event = _event(wanted, what, by=by, side=side, at=request.now)
    with installation_at(where.place) as installation:
        record = partial(record_act, installation.database, event=event)
        view = view_review(installation, _reader(request), where.scope, request, act=record)
    _show(view, form)


def show_review(where: Where, wanted: Wanted, *, form: Format, now: str | None) -> None:
    """Show where a month stands.

    Raises:
        WrongUse: a region or payer is wrong, or outside the scope.
    """
    request = _request(wanted, now_or(now))
    with installation_at(where.place) as installation:
        view = view_review(installation, _reader(request), where.scope, request)
    _show(view, form)


def _request(wanted: Wanted, now: datetime) -> MonthRequest:
    payer = payer_code(wanted.payer) if wanted.payer else None
    return MonthRequest(region_code(wanted.region), Month.parse(wanted.month), payer, now)


def _reader(request: MonthRequest) -> Reader:
    return reader(f"{request.region} {request.month}")


def _event(wanted: Wanted, what: Act, *, by: str, side: Side, at: datetime) -> Event:
    if wanted.matter not in MATTERS:
        raise WrongUse(f"--matter is one of {', '.join(MATTERS)}")
    if what not in {Act.OPENED, Act.AGREED, Act.DISPUTED, Act.ESCALATED} | SETTLING:
        raise WrongUse(f"--how is one of {', '.join(sorted(SETTLING))}")
    return Event(
        act=what,
        at=at,
        by=person_name(by, "--by"),
        side=side,
        payer=payer_code(wanted.payer) if wanted.payer else "",
        episode=wanted.episode or "",
        day=read_date(wanted.date, "--date") if wanted.date else None,
        reason=kept_reason(wanted.reason, "--reason") if wanted.reason else "",
        matter=wanted.matter,
        other=person_name(wanted.other, "--with") if wanted.other is not None else "",
    )


def _show(view: ReviewView, form: Format) -> None:
    document = _document(view)
    if form is Format.JSON:
        print_json(document)
    else:
        print_lines(_text(document))


def _document(view: ReviewView) -> dict[str, Any]:
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
                **{side.value: _agreement(view, one.payer, side) for side in Side},
            }
            for one in draft.statements
        ],
        "disputes": [_dispute(one, draft) for one in review.disputes],
    }


def _agreement(view: ReviewView, payer: str, side: Side) -> dict[str, Any] | None:
    agreed = view.review.agreed.get((payer, side))
    return None if agreed is None else {"by": agreed.by, "holds": (payer, side) not in view.lacking}


def _dispute(one: Dispute, drafted: Draft) -> dict[str, Any]:
    steps = ladder(drafted.agreement.disputes, one.matter)
    rows = [row for row in drafted.ledger if row.amount and one.subject.holds(row)]
    return {
        "payer": one.subject.payer,
        "episode": one.subject.episode or None,
        "date": None if one.subject.day is None else one.subject.day.isoformat(),
        "side": one.side.value,
        "by": one.by,
        "reason": one.reason,
        "matter": one.matter,
        "step": one.step,
        "who": _who(steps, one.step),
        "settled": None if one.settled is None else one.settled.value,
        "settled_by": list(one.settled_by),
        "amount": f"{sum(row.amount for row in rows):.2f}",
    }


def _who(steps: tuple[DisputeStep, ...], step: int) -> str | None:
    return steps[step - 1].who if step <= len(steps) else None


def _text(document: dict[str, Any]) -> Iterator[str]:
    yield from fields([(name, document[name]) for name in ("region", "month", "status", "opened_by")])
    yield ""
    rows = [
        (one["payer"], one["name"], one["amount"], _said(one["region"]), _said(one["municipality"]))
        for one in document["payers"]
    ]
    yield from table(("payer", "name", "amount (kr)", "region", "municipality"), rows, right=(2,))
    for one in document["disputes"]:
        what = f"episode {one['episode']}" if one["episode"] else "the mean"
        where = f"step {one['step']}" + (f" ({one['who']})" if one["who"] else "")
        yield ""
        yield from paragraph(
            f"{one['settled'] or 'disputed'}: {one['payer']}, {what}{' ' + one['date'] if one['date'] else ''}, "
            f"{one['amount']} kr, by {one['by']} for the {one['side']}, {where}: {one['reason']}",
            indent="",
        )


def _said(agreed: dict[str, Any] | None) -> str:
    if agreed is None:
        return "-"
    return f"agreed, {agreed['by']}" if agreed["holds"] else f"changed since {agreed['by']} agreed"
