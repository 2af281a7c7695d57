"""`hemgang review`: both parties go through a month's rows: agree, dispute, and settle what is disputed."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, Where, examples, place
from hemgang.cli.output import Format
from hemgang.closing.words import Act, Side

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
    from hemgang.cli.views.review import Wanted, act

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
    from hemgang.cli.views.review import Wanted, show_review

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
    from hemgang.cli.views.review import Wanted, act

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
    from hemgang.cli.views.review import Wanted, act

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
    from hemgang.cli.views.review import Wanted, act

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
    from hemgang.cli.views.review import Wanted, act

    wanted = Wanted(region, month, payer, episode, date, reason, other=other)
    act(context_of(context, database), wanted, how, by=by, side=side, form=form, now=now)


def context_of(context: typer.Context, database: str | None) -> Where:
    """Return where a command works and what it may show."""
    from hemgang.cli.views.scoping import scope_of

    return Where(place(context, database), scope_of(context))
