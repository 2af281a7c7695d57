"""`hemgang explain`: why a day is charged, free or not provable.

Why a day of an episode is charged, free, not provable or not counted.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, paragraph, print_json, print_lines, told
from hemgang.cli.params import (
    NOT_SAID,
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    WhyOption,
    examples,
    now_or,
    payer_code,
    place,
    read_date,
    region_code,
)
from hemgang.cli.reader import reader
from hemgang.liability.explain import Explanation
from hemgang.liability.model import Month
from hemgang.liability.sentences import Language
from hemgang.queries.episodes import explain_episode
from hemgang.queries.months import MonthRequest, explain_payer_month
from hemgang.scope import Scope


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
    pass  # dropped import
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    if (episode is None) == (payer is None) or (payer is None) != (month is None) or (date and payer):
        raise WrongUse("name an EPISODE (with --date, if you like), or a payer and its month: --payer and --month")

    where = place(context, database)
    if episode is None:
        asked = (payer or "", month or "", region)
        explain_payer(where, scope_of(context), *asked, language=language, form=form, now=now)
        return
    show_explanation(where, scope_of(context), episode, date=date, language=language, why=why, form=form, now=now)


def show_explanation(
    place: Place,
    scope: Scope,
    episode: str,
    *,
    date: str | None,
    language: Language,
    why: str,
    form: Format,
    now: str | None,
) -> None:
    """Explain every run of care days of an episode, or the one on a date.

    Raises:
        WrongUse: nothing is known of the episode within the scope, or the date is none.
    """
    known_at = now_or(now)
    day = read_date(date, "--date") if date is not None else None
    by = reader(why)
    with installation_at(place) as installation:
        found = explain_episode(
            installation, by, scope, episode, day=day, language=language, known_at=known_at, progress=told
        )
    if form is Format.JSON:
        print_json([_as_json(one) for one in found])
    else:
        print_lines(_as_text(found))


def explain_payer(
    place: Place,
    scope: Scope,
    payer: str,
    month: str,
    region: str | None,
    *,
    language: Language,
    form: Format,
    now: str | None,
) -> None:
    """Explain the rows over a payer's mean of a month.

    Raises:
        WrongUse: payer, month or region is wrong or outside the scope, or no clause there is over a mean.
    """
    of = payer_code(payer)
    county = region_code(region) if region is not None else of[:2]
    request = MonthRequest(county, Month.parse(month), of, now_or(now))
    by = reader(f"{county} {request.month}")
    with installation_at(place) as installation:
        found = explain_payer_month(installation, by, scope, request, language=language)
    if not found:
        raise WrongUse(f"nothing of payer {of} is counted in a mean in county {county} in {request.month}")
    if form is Format.JSON:
        print_json([_as_json(one) for one in found])
    else:
        print_lines(_as_text(found))


def _as_json(one: Explanation) -> dict[str, object]:
    return {
        "episode": one.episode or None,
        "period": one.period,
        "first": one.first.isoformat() if one.first else None,
        "last": one.last.isoformat() if one.last else None,
        "outcome": one.outcome.value if one.outcome else None,
        "reason": one.reason,
        "sentences": list(one.sentences),
    }


def _as_text(found: Sequence[Explanation]) -> Iterator[str]:
    """Yield the first sentence of each run at the margin, the others below it."""
    for number, one in enumerate(found):
        if number:
            yield ""
        yield from paragraph(one.sentences[0], indent="")
        for sentence in one.sentences[1:]:
            yield from paragraph(sentence)
