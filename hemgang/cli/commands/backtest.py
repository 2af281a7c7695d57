"""`hemgang backtest`: many months under several agreements."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("hemgang backtest 23 --from 2022-01 --to 2023-12 --agreement actual --agreement vastmanland")
    )(backtest)


def backtest(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="The first month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", metavar="MONTH", help="The last month, included.")],
    agreement: Annotated[
        list[str] | None,
        typer.Option(
            "--agreement",
            metavar="NAME[@DATE]",
            help="Once for each; with the terms of DATE, else of the last month's first day. `actual` is what really "
            "governs.",
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Compute months under each agreement, as if it had always governed the region.

    By month and by payer. Where the amount a care day is not known, a month is told in care days alone.
    """
    from hemgang.cli.views.backtest import Wanted, show_backtest
    from hemgang.cli.views.scoping import scope_of

    wanted = Wanted(region=region, first=first, last=last, agreements=agreement or ())
    show_backtest(place(context, database), scope_of(context), wanted, form=form, now=now)
