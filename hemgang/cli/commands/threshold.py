"""`hemgang threshold`: how far each payer is from its threshold, and what decides it."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format
from hemgang.liability.sentences import Language


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("hemgang threshold 23 --date 2023-03-20 --language en"))(threshold)


def threshold(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="As it stood at the end of this date; else now.")
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="Of the sentences.")] = Language.SWEDISH,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show how far each payer is from its threshold in the running month.

    How many discharges or days decide it, which patients still in, until when leaving is early or free, what leaving
    today or tomorrow does, and what failing costs with what is known now.
    """
    from hemgang.cli.views.scoping import scope_of
    from hemgang.cli.views.threshold import show_thresholds

    where = place(context, database)
    show_thresholds(where, scope_of(context), region, date=date, language=language, form=form, now=now)
