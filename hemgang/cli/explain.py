"""`hemgang explain`: why a care day is charged, free or not provable, and why a payer pays for a month."""

from collections.abc import Iterator, Sequence
from datetime import date as Date
from datetime import datetime
from typing import Annotated

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import Format, note, paragraph, print_json, print_lines, spoken, told
from hemgang.cli.params import (
    NOT_SAID,
    DatabaseOption,
    FormatOption,
    NowOption,
    Where,
    WhyOption,
    examples,
    now_or,
    payer_code,
    place,
    read_date,
    region_code,
)
from hemgang.cli.statement import remark_no_episode
from hemgang.i18n.catalogue import phrase
from hemgang.liability.explain import Explanation
from hemgang.liability.model import Month
from hemgang.queries.episodes import explain_episode
from hemgang.queries.months import MonthRequest, explain_payer_month


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang explain jh1-21 --date 2023-03-16",
            "hemgang explain --payer Västerås --month 2019-10",
        )
    )(explain)


def explain(
    context: typer.Context,
    episode: Annotated[str | None, typer.Argument(metavar="[EPISODE]", help="The episode's id.")] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Only the care day of this date.")] = None,
    payer: Annotated[
        str | None, typer.Option("--payer", metavar="PAYER", help="Instead of an episode: a payer's month.")
    ] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="MONTH", help="YYYY-MM, with --payer.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="With --payer: the county; else the payer's own.")
    ] = None,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say why each care day is charged, free or not provable; or why a payer pays by its mean or share.

    In sentences, with clause and quote. The reading is kept in the access log.
    """
    if (episode is None) == (payer is None) or (payer is None) != (month is None) or (date and payer):
        raise WrongUse(phrase("closing.wrong.explain_what"))
    where = Where(place(context, database), scope_of(context))
    if episode is not None:
        day = read_date(date, "--date") if date is not None else None
        _show(_explained(where, episode, day=day, why=why, now=now_or(now)), form)
        return
    of = payer_code(payer or "")
    county = region_code(region) if region is not None else of[:2]
    request = MonthRequest(county, Month.parse(month or ""), of, now_or(now))
    with installation_at(where.place) as installation:
        by = reader(f"{county} {request.month}")
        found = explain_payer_month(installation, by, where.scope, request, language=spoken())
    if found is None:
        remark_no_episode(request)
    elif not found:
        note(phrase("closing.note.nothing_of_the_month", payer=of, month=request.month.first))
    _show(found or (), form)


def _explained(where: Where, episode: str, *, day: Date | None, why: str, now: datetime) -> Sequence[Explanation]:
    with installation_at(where.place) as installation:
        return explain_episode(
            installation,
            reader(why),
            where.scope,
            episode,
            day=day,
            language=spoken(),
            known_at=now,
            progress=told,
        )


def _show(found: Sequence[Explanation], form: Format) -> None:
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
