"""`hemgang threshold`: how far each payer is from its threshold, and what decides it.

Shows how far each payer is from its threshold this month, which patients decide it, and what failing costs.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from calendars.timezone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, paragraph, print_json, print_lines, table
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    examples,
    now_or,
    payer_name,
    place,
    read_date,
    region_code,
)
from hemgang.cli.reader import reader
from hemgang.cli.whatif import kr, month_json
from hemgang.i18n.language import Language
from hemgang.outlook.threshold import (
    ClauseDates,
    ClauseStanding,
    MeanStanding,
    OpenStay,
    PayerStanding,
    ShareStanding,
    Standings,
    deciding,
    sentences,
)
from hemgang.queries.outlook import view_thresholds
from hemgang.scope import Scope
from hemgang.services.outlook import end_of


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
    from hemgang.cli.reader import scope_of

    pass  # dropped import

    where = place(context, database)
    show_thresholds(where, scope_of(context), region, date=date, language=language, form=form, now=now)


def show_thresholds(
    place: Place,
    scope: Scope,
    region: str,
    *,
    date: str | None,
    language: Language,
    form: Format,
    now: str | None,
) -> None:
    """Show where each payer in the scope stands, now or at the end of an earlier date as it was known then.

    Raises:
        WrongUse: the region, the date or the time is wrong, or outside the scope, or the date is still to come.
        OutlookRefused: nobody was ready in the month.
    """
    code, known_at = region_code(region), _instant(date, now_or(now))
    by = reader(f"{code} {local_date(known_at)}")
    with installation_at(place) as installation:
        found = view_thresholds(installation, by, scope, region=code, known_at=known_at)
    if form is Format.JSON:
        print_json(_json(found, language))
    else:
        print_lines(_text(found, language))


def _instant(date: str | None, now: datetime) -> datetime:
    if date is None:
        return now
    day = read_date(date, "--date")
    if day > local_date(now):
        raise WrongUse(f"--date: {date} is still to come; a forecast is made by hemgang forecast")
    return min(end_of(day), now)


def _json(found: Standings, language: Language) -> dict[str, object]:
    return {
        "region": found.region,
        "month": str(found.month),
        "date": found.today.isoformat(),
        "payers": [
            {
                "payer": one.payer,
                "name": one.name,
                "so_far": month_json(one.so_far),
                "sentences": list(sentences(one, found.today, language)),
                "clauses": [_clause_json(clause, one, found) for clause in one.clauses],
                "ready": [_stay_json(stay) for stay in one.stays],
            }
            for one in found.payers
        ],
    }


def _clause_json(clause: ClauseStanding, one: PayerStanding, found: Standings) -> dict[str, object]:
    return {
        "clause": clause.clause.id,
        "gate": clause.clause.gate.kind.value,
        "exempt": clause.exempt,
        **_standing_json(clause.standing),
        "deciding": [stay.episode for stay in deciding(one.stays, clause, found.today)],
        "failing": {"care_days": str(clause.failing.care_days), "amount": kr(clause.failing.amount)},
    }


def _standing_json(standing: ShareStanding | MeanStanding | None) -> dict[str, object]:
    """The figures of a gate: early ones for a share, days for a mean, null where it has none of them."""
    share = standing if isinstance(standing, ShareStanding) else None
    mean = standing if isinstance(standing, MeanStanding) else None
    value = share.share if share else mean.mean if mean else None
    return {
        "population": standing.population if standing else None,
        "value": str(value) if value is not None else None,
        "threshold": str(standing.threshold) if standing else None,
        "early": share.early if share else None,
        "needed": share.needed if share else None,
        "bearable": share.bearable if share else None,
        "days": mean.days if mean else None,
        "room": str(mean.room) if mean else None,
    }


def _stay_json(stay: OpenStay) -> dict[str, object]:
    return {
        "episode": stay.episode,
        "period": stay.period,
        "clauses": [_dates_json(dates) for dates in stay.clauses],
        "today": month_json(stay.today),
        "tomorrow": month_json(stay.tomorrow),
    }


def _dates_json(dates: ClauseDates) -> dict[str, object]:
    return {
        "clause": dates.clause,
        "d": dates.d,
        "early_until": dates.early_until.isoformat() if dates.early_until else None,
        "free_until": dates.free_until.isoformat() if dates.free_until else None,
        "tips_on": dates.tips_on.isoformat() if dates.tips_on else None,
    }


def _text(found: Standings, language: Language) -> Iterator[str]:
    yield f"{found.region} {found.month}, as of {found.today}"
    for one in found.payers:
        yield ""
        yield f"{payer_name(one.payer)}: {one.so_far.care_days} care days, {kr(one.so_far.amount) or '-'} kr so far"
        for sentence in sentences(one, found.today, language):
            yield from paragraph(sentence)
    rows = [row for one in found.payers for stay in one.stays for row in _stay_rows(stay)]
    if rows:
        yield ""
        heads = ("payer", "ready", "clause", "d", "early until", "free until", "tips on", "kr today", "kr tomorrow")
        yield from table(heads, rows, right=(3, 7, 8))


def _stay_rows(stay: OpenStay) -> Iterator[tuple[object, ...]]:
    for dates in stay.clauses:
        yield (
            stay.payer,
            f"{stay.episode}/{stay.period}",
            dates.clause,
            dates.d,
            dates.early_until,
            dates.free_until,
            dates.tips_on,
            _outcome(stay.today.amount, stay.today.exempt),
            _outcome(stay.tomorrow.amount, stay.tomorrow.exempt),
        )


def _outcome(amount: int | None, exempt: bool | None) -> str:
    return f"{kr(amount) or '-'}{' (free)' if exempt else ''}"
