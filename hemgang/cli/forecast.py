"""`hemgang forecast`: what a month will come to at its end, and how earlier forecasts held.

Makes, keeps, shows and scores forecasts of a month's end.

Scores of forecasts as tables and JSON write them: errors in kronor, rounded half up to whole öre.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import Annotated

import typer

from calendars.timezone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, note, print_json, print_lines, table, told
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    examples,
    now_or,
    payer_name,
    place,
    region_code,
)
from hemgang.cli.reader import reader
from hemgang.cli.whatif import kr, signed_kr
from hemgang.i18n.formats import iso_text, table_text
from hemgang.liability.model import Month
from hemgang.outlook.forecast import WHOLE_REGION, Band, Forecast, Score, Scored, scores
from hemgang.queries.outlook import RegionReading, backtest_forecasts, make_forecast, read_region_as, score_forecasts
from hemgang.scope import Scope


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang forecast 23",
            "hemgang forecast 23 --score",
            "hemgang forecast 23 2023-11 --backtest 6",
        )
    )(forecast)


def forecast(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[
        str | None, typer.Argument(metavar="MONTH", help="YYYY-MM; else the running month, with --backtest the last.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="SEED", help="The same seed draws the same paths.")] = 1,
    score: Annotated[
        bool, typer.Option("--score", help="Hold the stored forecasts of months that are over against the outcome.")
    ] = False,
    backtest: Annotated[
        int | None,
        typer.Option(
            "--backtest", metavar="N", help="Forecast the N months up to MONTH as of the 10th and 20th, and score that."
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Forecast what each payer will pay for a month, with a band, and keep the forecast.

    Drawn from the region's own history: how long patients stay ready, and who becomes ready on such days. At least
    three whole months of it are needed.
    """
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    wanted = Wanted(region=region, month=month, seed=seed, score=score, backtest=backtest)
    show_forecast(place(context, database), scope_of(context), wanted, form=form, now=now)


MOST_MONTHS = 36
"""Months that forecasts can be tried on at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forecast or scored, as the user wrote it."""

    region: str
    month: str | None
    seed: int
    score: bool
    backtest: int | None


@dataclass(frozen=True, slots=True)
class _Asked:
    region: str
    month: Month | None
    seed: int
    now: datetime


def show_forecast(place: Place, scope: Scope, wanted: Wanted, *, form: Format, now: str | None) -> None:
    """Forecast a month and keep the forecast, or score those that were kept, or try forecasts on months that are over.

    Raises:
        WrongUse: region, month, seed or time is wrong, or outside the scope, or the options do not go together.
        HistoryTooShort, OutlookRefused: there is nothing to forecast from, or to score.
        RateUnknown: an amount a care day is not known.
    """
    asked = _understood(wanted, now_or(now))
    by = reader(f"{asked.region} {asked.month or ''}".strip())
    with installation_at(place) as installation:
        read = read_region_as(installation, by, scope, region=asked.region, known_at=asked.now, action="forecast")
        if wanted.score:
            _show_scores(score_forecasts(read, now=asked.now), form)
        elif wanted.backtest is not None:
            _show_scores(_tried(read, asked, wanted.backtest), form)
        else:
            _show(make_forecast(read, asked.month, seed=asked.seed, now=asked.now, progress=told), form)


def _understood(wanted: Wanted, now: datetime) -> _Asked:
    if wanted.score and (wanted.month is not None or wanted.backtest is not None):
        raise WrongUse("--score stands alone: it scores every stored forecast of a month that is over")
    if wanted.backtest is not None and not 1 <= wanted.backtest <= MOST_MONTHS:
        raise WrongUse(f"--backtest: write 1 to {MOST_MONTHS} months")
    if not 0 <= wanted.seed < 2**31:
        raise WrongUse("--seed: write a whole number from 0 to 2147483647")
    month = Month.parse(wanted.month) if wanted.month is not None else None
    return _Asked(region_code(wanted.region), month, wanted.seed, now)


def _tried(read: RegionReading, asked: _Asked, count: int) -> Sequence[Scored]:
    month = asked.month or Month.of(local_date(asked.now)).preceding()
    if month is None:
        raise WrongUse("--backtest: there is no month before the act")
    return backtest_forecasts(read, month, count=count, seed=asked.seed, now=asked.now, progress=told)


def _show(made: Forecast, form: Format) -> None:
    if form is Format.JSON:
        print_json(_json(made))
    else:
        print_lines(_text(made))
    note("the band holds at least 80 of 100 paths; how often it held before: hemgang forecast REGION --score")


def _show_scores(scored: Sequence[Scored], form: Format) -> None:
    if form is Format.JSON:
        print_json(scores_json(scored))
    else:
        print_lines(scores_text(scored))


def _json(made: Forecast) -> dict[str, object]:
    return {
        "region": made.region,
        "month": str(made.month),
        "as_of": iso_text(made.as_of),
        "paths": made.paths,
        "seed": made.seed,
        "bands": [
            {
                "payer": band.payer or None,
                "low": kr(band.low),
                "median": kr(band.median),
                "high": kr(band.high),
                "exempt": str(Fraction(band.exempt, made.paths)) if band.exempt is not None else None,
            }
            for band in made.bands
        ],
    }


def _text(made: Forecast) -> Iterator[str]:
    yield f"{made.region} {made.month}, forecast from what was known {table_text(made.as_of)}, {made.paths} paths"
    rows = [
        (_named(band), kr(band.low), kr(band.median), kr(band.high), _exempt(band, made.paths)) for band in made.bands
    ]
    yield from table(("payer", "low kr", "median kr", "high kr", "exempt in paths"), rows, right=(1, 2, 3, 4))


def _named(band: Band) -> str:
    return "the region" if band.payer == WHOLE_REGION else payer_name(band.payer)


def _exempt(band: Band, paths: int) -> str | None:
    return None if band.exempt is None else f"{band.exempt} of {paths}"


def scores_json(scored: Sequence[Scored]) -> dict[str, object]:
    """Return scores and the forecasts they are over; `payer` is null for the region, "*" for all payers together."""
    return {
        "scores": [
            {
                "payer": _code(one.payer),
                "forecasts": one.forecasts,
                "hits": one.hits,
                "mean_absolute_error": kr(_rounded(one.absolute_error)),
                "bias": kr(_rounded(one.bias)),
            }
            for one in scores(scored)
        ],
        "forecasts": [
            {
                "month": str(one.month),
                "as_of": iso_text(one.as_of),
                "payer": _code(one.band.payer),
                "low": kr(one.band.low),
                "median": kr(one.band.median),
                "high": kr(one.band.high),
                "outcome": kr(one.outcome),
                "hit": one.hit,
            }
            for one in scored
        ],
    }


def scores_text(scored: Sequence[Scored]) -> Iterator[str]:
    """Yield the scores, then each forecast of the region's total."""
    rows = [
        (_name(one), one.forecasts, one.hits, kr(_rounded(one.absolute_error)), signed_kr(_rounded(one.bias)))
        for one in scores(scored)
    ]
    yield from table(("payer", "forecasts", "band held", "mean error kr", "bias kr"), rows, right=range(1, 5))
    totals = [one for one in scored if one.band.payer == WHOLE_REGION]
    if totals:
        yield ""
        heads = ("month", "as of", "low kr", "median kr", "high kr", "outcome kr", "held")
        yield from table(heads, [_row(one) for one in totals], right=range(2, 6))


def _row(one: Scored) -> tuple[object, ...]:
    band = one.band
    return str(one.month), table_text(one.as_of), kr(band.low), kr(band.median), kr(band.high), kr(one.outcome), one.hit


def _code(payer: str | None) -> str | None:
    return "*" if payer is None else payer or None


def _name(one: Score) -> str:
    if one.payer is None:
        return "every payer"
    return "the region" if one.payer == WHOLE_REGION else payer_name(one.payer)


def _rounded(ore: Fraction) -> int:
    return floor(ore + Fraction(1, 2))
