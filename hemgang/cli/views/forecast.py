"""Makes, keeps, shows and scores forecasts of a month's end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from calendars.zone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.progress import told
from hemgang.cli.table import table
from hemgang.cli.views.figures import kr
from hemgang.cli.views.forecast_scores import scores_json, scores_text
from hemgang.cli.views.moments import iso, now_or, written
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_name, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.engine.installation import Installation
from hemgang.engine.outlook import Known, keep, read_region, score, try_forecasts
from hemgang.liability.month import Month
from hemgang.outlook.forecast import WHOLE_REGION, Band, Forecast, forecast
from hemgang.outlook.scores import Scored
from hemgang.scope import Scope

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
    refuse_outside(scope, region=asked.region, payer=None, commit=False)
    reading = reader(f"{asked.region} {asked.month or ''}".strip())
    with installation_at(place) as installation:
        log_reading(installation.database, reading, action="forecast")
        known = read_region(installation.database, asked.region, installation.rules, known_at=asked.now)
        if wanted.score:
            _show_scores(_within(scope, asked.region, score(installation.database, known, now=asked.now)), form)
        elif wanted.backtest is not None:
            scored = _tried(known, asked, wanted.backtest)
            _show_scores(_within(scope, asked.region, scored), form)
        else:
            _show(_forecast(installation, known, asked, scope), form)


def _understood(wanted: Wanted, now: datetime) -> _Asked:
    if wanted.score and (wanted.month is not None or wanted.backtest is not None):
        raise WrongUse("--score stands alone: it scores every stored forecast of a month that is over")
    if wanted.backtest is not None and not 1 <= wanted.backtest <= MOST_MONTHS:
        raise WrongUse(f"--backtest: write 1 to {MOST_MONTHS} months")
    if not 0 <= wanted.seed < 2**31:
        raise WrongUse("--seed: write a whole number from 0 to 2147483647")
    month = Month.parse(wanted.month) if wanted.month is not None else None
    return _Asked(region_code(wanted.region), month, wanted.seed, now)


def _forecast(installation: Installation, known: Known, asked: _Asked, scope: Scope) -> Forecast:
    facts, book = known.at(asked.now, priced=True)
    month = asked.month or Month.of(book.today)
    told(f"{month} …")
    try:
        made = forecast(facts, month, book, seed=asked.seed)
    finally:
        told("")
    keep(installation.database, made, now=asked.now)
    if scope.shows(asked.region, ()):
        return made
    return replace(made, bands=tuple(band for band in made.bands if band.payer in scope.payers))


def _tried(known: Known, asked: _Asked, count: int) -> Sequence[Scored]:
    month = asked.month or Month.of(local_date(asked.now)).preceding()
    if month is None:
        raise WrongUse("--backtest: there is no month before the act")
    return try_forecasts(known, month, count=count, now=asked.now, seed=asked.seed, told=told)


def _within(scope: Scope, region: str, scored: Sequence[Scored]) -> Sequence[Scored]:
    if scope.shows(region, ()):
        return scored
    return [one for one in scored if one.band.payer in scope.payers]


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
        "as_of": iso(made.as_of),
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
    yield f"{made.region} {made.month}, forecast from what was known {written(made.as_of)}, {made.paths} paths"
    rows = [
        (_named(band), kr(band.low), kr(band.median), kr(band.high), _exempt(band, made.paths)) for band in made.bands
    ]
    yield from table(("payer", "low kr", "median kr", "high kr", "exempt in paths"), rows, right=(1, 2, 3, 4))


def _named(band: Band) -> str:
    return "the region" if band.payer == WHOLE_REGION else payer_name(band.payer)


def _exempt(band: Band, paths: int) -> str | None:
    return None if band.exempt is None else f"{band.exempt} of {paths}"
