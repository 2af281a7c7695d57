"""`hemgang explain`: why a day is charged, free or not provable."""

from typing import Annotated

import typer

from hemgang.cli.options import NOT_SAID, DatabaseOption, FormatOption, NowOption, WhyOption, examples, place
from hemgang.cli.output import Format
from hemgang.liability.sentences import Language


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("hemgang explain jh1-21 --date 2023-03-16 --language en"))(explain)


def explain(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(metavar="EPISODE", help="The episode's id.")],
    date: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Only the care day of this date.")] = None,
    language: Annotated[Language, typer.Option("--language", help="Of the sentences.")] = Language.SWEDISH,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say why each care day is charged, free or not provable.

    In sentences, with clause and quote. The reading is kept in the access log.
    """
    from hemgang.cli.views.explain import explain_episode
    from hemgang.cli.views.scoping import scope_of

    where = place(context, database)
    explain_episode(where, scope_of(context), episode, date=date, language=language, why=why, form=form, now=now)
