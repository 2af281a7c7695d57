"""`hemgang closings`, `hemgang restate` and `hemgang decide`: closed months, what differs since, joint decisions."""

from typing import Annotated

import typer

from hemgang.cli.commands.review import ByOption, MonthArgument, RegionArgument, context_of
from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples
from hemgang.cli.output import Format


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
    from hemgang.cli.views.closings import list_closings

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
    from hemgang.cli.views.closings import show_closing

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
    from hemgang.cli.views.restating import Restaters, restate_month

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
    from hemgang.cli.views.closings import record_decision

    where = context_of(context, database)
    record_decision(where, region, month, payer=payer, clause=clause, by=(by, other), text=text, form=form, now=now)
