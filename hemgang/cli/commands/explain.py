"""`hemgang explain`: why a day is charged, free or not provable."""

from typing import Annotated

import typer

from hemgang.cli.options import NOT_SAID, DatabaseOption, FormatOption, NowOption, WhyOption, examples, place
from hemgang.cli.output import Format
from hemgang.liability.sentences import Language


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang explain jh1-21 --date 2023-03-16 --language en",
            "hemgang explain --payer Västerås --month 2019-10",
        )
    )(explain)


def explain(
    context: typer.Context,
    episode: Annotated[str | None, typer.Argument(metavar="[EPISODE]", help="The episode's id.")] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Only the care day of this date.")] = None,
    payer: Annotated[
        str | None, typer.Option("--payer", metavar="PAYER", help="Instead of an episode: a payer's mean of a month.")
    ] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="MONTH", help="YYYY-MM, with --payer.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="With --payer: the county; else the payer's own.")
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="Of the sentences.")] = Language.SWEDISH,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say why each care day is charged, free or not provable; or why a payer pays by its mean.

    In sentences, with clause and quote. The reading is kept in the access log.
    """
    from hemgang.cli.errors import WrongUse
    from hemgang.cli.views.explain import explain_episode, explain_payer
    from hemgang.cli.views.scoping import scope_of

    if (episode is None) == (payer is None) or (payer is None) != (month is None) or (date and payer):
        raise WrongUse("name an EPISODE (with --date, if you like), or a payer and its month: --payer and --month")

    where = place(context, database)
    if episode is None:
        asked = (payer or "", month or "", region)
        explain_payer(where, scope_of(context), *asked, language=language, form=form, now=now)
        return
    explain_episode(where, scope_of(context), episode, date=date, language=language, why=why, form=form, now=now)
