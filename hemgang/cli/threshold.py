"""`hemgang threshold`: how far each payer is from its threshold, which patients decide it, and what failing costs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from calendars.timezone import local_date
from hemgang.cli.agreement_words import ClauseNames, clause_names, short_name
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import Format, note, paragraph, print_json, print_lines, spoken, table, words
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    examples,
    now_or,
    payer_name,
    place,
    read_date,
    region_code,
)
from hemgang.cli.whatif import kr, kronor_or_none, month_json
from hemgang.i18n.catalogue import phrase
from hemgang.outlook.threshold import (
    ClauseDates,
    ClauseStatus,
    MeanStatus,
    OpenStay,
    PayerStatus,
    ShareStatus,
    ThresholdReport,
    deciding,
    sentences,
)
from hemgang.queries.outlook import view_thresholds
from hemgang.services.outlook import end_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("hemgang threshold 23 --date 2023-03-20"))(threshold)


def threshold(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="As it stood at the end of this date; else now.")
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show how far each payer is from its threshold in the running month.

    How many discharges or days decide it, which patients still in, until when leaving is early or free, what leaving
    today or tomorrow does, and what failing costs with what is known now.
    """
    code, known_at = region_code(region), _instant(date, now_or(now))
    where, by = place(context, database), reader(f"{code} {local_date(known_at)}")
    with installation_at(where) as installation:
        found = view_thresholds(installation, by, scope_of(context), region=code, known_at=known_at)
        clauses = clause_names(installation.rules.agreements, found.month)
    if found.nobody_ready:
        note(phrase("outlook.threshold.nobody", region=code, month=found.month.first))
    if form is Format.JSON:
        print_json(_json(found))
    elif not found.nobody_ready:
        print_lines(_text(found, clauses))


def _instant(date: str | None, now: datetime) -> datetime:
    if date is None:
        return now
    day = read_date(date, "--date")
    if day > local_date(now):
        raise WrongUse(phrase("outlook.threshold.to_come", date=day))
    return min(end_of(day), now)


def _json(found: ThresholdReport) -> dict[str, object]:
    return {
        "region": found.region,
        "month": str(found.month),
        "date": found.today.isoformat(),
        "payers": [
            {
                "payer": one.payer,
                "name": one.name,
                "so_far": month_json(one.so_far),
                "sentences": list(sentences(one, found.today, spoken())),
                "clauses": [_clause_json(clause, one, found) for clause in one.clauses],
                "ready": [_stay_json(stay) for stay in one.stays],
            }
            for one in found.payers
        ],
    }


def _clause_json(clause: ClauseStatus, one: PayerStatus, found: ThresholdReport) -> dict[str, object]:
    return {
        "clause": clause.clause.id,
        "gate": clause.clause.gate.kind.value,
        "exempt": clause.exempt,
        **_standing_json(clause.standing),
        "deciding": [stay.episode for stay in deciding(one.stays, clause, found.today)],
        "failing": {"care_days": str(clause.failing.care_days), "amount": kr(clause.failing.amount)},
    }


def _standing_json(standing: ShareStatus | MeanStatus | None) -> dict[str, object]:
    """The figures of a gate: early ones for a share, days for a mean, null where it has none of them."""
    share = standing if isinstance(standing, ShareStatus) else None
    mean = standing if isinstance(standing, MeanStatus) else None
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


def _text(found: ThresholdReport, clauses: ClauseNames) -> Iterator[str]:
    yield words("outlook.threshold.head", region=found.region, month=found.month.first, date=found.today)
    for one in found.payers:
        yield ""
        amount = kronor_or_none(one.so_far.amount) or "-"
        payer = payer_name(one.payer)
        yield words("outlook.threshold.payer", payer=payer, count=one.so_far.care_days, amount=amount)
        for sentence in sentences(one, found.today, spoken()):
            yield from paragraph(sentence)
    rows = [row for one in found.payers for stay in one.stays for row in _stay_rows(stay, clauses)]
    if rows:
        yield ""
        columns = ("payer", "ready", "clause", "ready_days", "early_until", "free_until", "tips_on")
        yield from table((*columns, "kr_today", "kr_tomorrow"), rows, right=(3, 7, 8))


def _stay_rows(stay: OpenStay, clauses: ClauseNames) -> Iterator[tuple[object, ...]]:
    for dates in stay.clauses:
        yield (
            stay.payer,
            f"{stay.episode}/{stay.period}",
            short_name(clauses[dates.agreement, dates.clause]),
            dates.d,
            dates.early_until,
            dates.free_until,
            dates.tips_on,
            _outcome(stay.today.amount, exempt=stay.today.exempt),
            _outcome(stay.tomorrow.amount, exempt=stay.tomorrow.exempt),
        )


def _outcome(ore: int | None, *, exempt: bool | None) -> str:
    amount = kronor_or_none(ore) or "-"
    return words("outlook.exempt", amount=amount) if exempt else amount
