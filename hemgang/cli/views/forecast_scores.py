"""Scores of forecasts as tables and JSON write them: errors in kronor, rounded half up to whole öre."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor

from hemgang.cli.table import table
from hemgang.cli.views.figures import kr, signed_kr
from hemgang.cli.views.moments import iso, written
from hemgang.cli.views.places import payer_name
from hemgang.outlook.forecast import WHOLE_REGION
from hemgang.outlook.scores import Score, Scored, scores


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
                "as_of": iso(one.as_of),
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
    return str(one.month), written(one.as_of), kr(band.low), kr(band.median), kr(band.high), kr(one.outcome), one.hit


def _code(payer: str | None) -> str | None:
    return "*" if payer is None else payer or None


def _name(one: Score) -> str:
    if one.payer is None:
        return "every payer"
    return "the region" if one.payer == WHOLE_REGION else payer_name(one.payer)


def _rounded(ore: Fraction) -> int:
    return floor(ore + Fraction(1, 2))
