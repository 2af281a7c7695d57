"""`hemgang forecast`: what a month will come to at its end, made and kept, and how earlier forecasts held.

Errors of forecasts are in kronor, rounded half up to whole öre.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import Annotated

import typer

from calendars.timezone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import Format, note, print_json, print_lines, table, told, words
from hemgang.cli.params import DatabaseOption, FormatOption, NowOption, examples, now_or, payer_name, place, region_code
from hemgang.cli.whatif import kr, kronor_or_none, signed_kronor
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.formats import iso_text
from hemgang.liability.model import Month
from hemgang.outlook.forecast import WHOLE_REGION, Band, Forecast, Score, Scored, scores
from hemgang.queries.outlook import backtest_forecasts, make_forecast, read_region_as, score_forecasts

MOST_MONTHS = 36
"""Months that forecasts can be tried on at once."""


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
    if score and (month is not None or backtest is not None):
        raise WrongUse(phrase("outlook.wrong.score_alone"))
    if backtest is not None and not 1 <= backtest <= MOST_MONTHS:
        raise WrongUse(phrase("outlook.wrong.backtest_months", most=MOST_MONTHS))
    if not 0 <= seed < 2**31:
        raise WrongUse(phrase("outlook.wrong.seed"))
    code, of_month, at = region_code(region), Month.parse(month) if month is not None else None, now_or(now)
    scope, by = scope_of(context), reader(f"{code} {of_month or ''}".strip())
    with installation_at(place(context, database)) as installation:
        read = read_region_as(installation, by, scope, region=code, known_at=at, action="forecast")
        if score:
            _show_scores(score_forecasts(read, now=at), form)
        elif backtest is not None:
            last = of_month or _month_before(at)
            tried = backtest_forecasts(read, last, count=backtest, seed=seed, now=at, progress=told)
            _show_scores(tried, form)
        else:
            _show(make_forecast(read, of_month, seed=seed, now=at, progress=told), form)


def _month_before(now: datetime) -> Month:
    month = Month.of(local_date(now)).preceding()
    if month is None:
        raise WrongUse(phrase("outlook.wrong.before_act"))
    return month


def _show(made: Forecast, form: Format) -> None:
    if form is Format.JSON:
        print_json(_json(made))
    else:
        print_lines(_text(made))
    note(phrase("outlook.forecast.band"))


def _show_scores(scored: Sequence[Scored], form: Format) -> None:
    if form is Format.JSON:
        print_json(_scores_json(scored))
    else:
        print_lines(_scores_text(scored))


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
    values = {"region": made.region, "month": made.month.first, "at": made.as_of, "paths": made.paths}
    yield words("outlook.forecast.head", **values)
    rows = [(_payer(band.payer), *_amounts(band), _exempt(band, made.paths)) for band in made.bands]
    heads = _heads("low", "median", "high", "exempt_in")
    yield from table(("payer", *heads), rows, right=(1, 2, 3, 4))


def _heads(*names: str) -> Iterator[Phrase]:
    return (phrase(f"outlook.forecast.{name}") for name in names)


def _payer(payer: str) -> str:
    return words("outlook.region") if payer == WHOLE_REGION else payer_name(payer)


def _amounts(band: Band) -> tuple[str | None, ...]:
    return tuple(kronor_or_none(ore) for ore in (band.low, band.median, band.high))


def _exempt(band: Band, paths: int) -> str | None:
    return None if band.exempt is None else words("outlook.forecast.exempt", exempt=band.exempt, paths=paths)


def _scores_json(scored: Sequence[Scored]) -> dict[str, object]:
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


def _scores_text(scored: Sequence[Scored]) -> Iterator[str]:
    """The scores, then each forecast of the region's total."""
    rows = [(_scored_payer(one), one.forecasts, one.hits, *_errors(one)) for one in scores(scored)]
    yield from table(("payer", *_heads("forecasts", "hits", "error", "bias")), rows, right=range(1, 5))
    totals = [one for one in scored if one.band.payer == WHOLE_REGION]
    if totals:
        yield ""
        heads = _heads("low", "median", "high", "outcome", "hit")
        forecasts = [
            (one.month, one.as_of, *_amounts(one.band), kronor_or_none(one.outcome), one.hit) for one in totals
        ]
        yield from table(("month", "as_of", *heads), forecasts, right=range(2, 6))


def _errors(one: Score) -> tuple[str | None, str | None]:
    return kronor_or_none(_rounded(one.absolute_error)), signed_kronor(_rounded(one.bias))


def _scored_payer(one: Score) -> str:
    return words("outlook.every_payer") if one.payer is None else _payer(one.payer)


def _code(payer: str | None) -> str | None:
    return "*" if payer is None else payer or None


def _rounded(ore: Fraction) -> int:
    return floor(ore + Fraction(1, 2))
