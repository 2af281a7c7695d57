"""Forecasts: the same for the same facts, nothing of later leaks in, and the band is as honest as it says."""

from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache

import polars as pl
import pytest

from hemgang.episode.fold import fold
from hemgang.liability.evaluation import evaluate
from hemgang.liability.model import Month
from hemgang.liability.periods import facts
from hemgang.outlook.forecast import (
    DAY_OFF,
    SATURDAY,
    WHOLE_REGION,
    Band,
    Scored,
    copied,
    forecast,
    history,
    kind_of,
    of_path,
    scores,
)
from hemgang.outlook.scenarios import HistoryTooShort, OutlookRefused, months_between, payer_months
from tests.outlook.county import OVER, REGION, book_at, county, county_at

FEW = 100
"""Paths: enough for a band, quick enough for a test."""

MONTHS = months_between(Month(2023, 5), Month(2023, 12))


@cache
def outcomes() -> dict[tuple[str, Month], int]:
    """Return what each payer, and the region (""), came to pay for each month, in öre."""
    known, book = county_at(OVER)
    found = payer_months(evaluate(known.periods, MONTHS, book), MONTHS, region=REGION, book=book)
    sums: dict[tuple[str, Month], int] = {}
    for (payer, month), one in found.items():
        for name in (payer, WHOLE_REGION):
            sums[name, month] = sums.get((name, month), 0) + (one.amount or 0)
    return sums


def test_the_same_facts_and_seed_give_the_same_forecast() -> None:
    known, book = county_at("2023-09-10 12:00")
    month = Month(2023, 9)
    first, again, other = (forecast(known, month, book, seed=seed, paths=FEW) for seed in (1, 1, 2))
    assert first == again
    assert first.bands != other.bands
    assert [band.payer for band in first.bands] == sorted(band.payer for band in first.bands)


def test_nothing_that_came_in_later_is_known() -> None:
    """The facts as of a day, and those of an archive that ended on it, foretell the same."""
    book = book_at("2023-09-10 12:00")
    received = ((name, [one for one in said if one.received_at <= book.now]) for name, said in county())
    archive = facts([fold(said, episode=name) for name, said in received if said], REGION, book)
    known, _ = county_at("2023-09-10 12:00")
    assert known.periods.equals(archive.periods)
    month = Month(2023, 9)
    assert forecast(known, month, book, seed=1, paths=FEW) == forecast(archive, month, book, seed=1, paths=FEW)
    latest = known.periods.select(pl.max_horizontal(pl.col("notice_at").max(), pl.col("opened_at").max())).item()
    assert latest <= book.now
    assert known.periods.get_column("left_on").max() <= date(2023, 9, 10)  # type: ignore[operator]


def test_four_of_five_outcomes_lie_in_the_band_give_or_take_chance() -> None:
    """Sixteen forecasts of the region's total: were the band exactly 80 %, fewer than 9 hits come once in 140 tries."""
    scored = []
    for month in MONTHS:
        for day in (10, 20):
            known, book = county_at(f"{month}-{day} 23:59")
            for band in forecast(known, month, book, seed=1, paths=FEW).bands:
                scored.append(Scored(month, book.now, band, outcomes().get((band.payer, month), 0)))
    region, payers = scores(scored)[:2]
    assert (region.payer, region.forecasts, payers.payer) == (WHOLE_REGION, 16, None)
    assert region.hits >= 9
    assert payers.hits / payers.forecasts >= 0.75


def test_at_the_end_of_the_month_almost_nothing_is_left_to_foretell() -> None:
    known, book = county_at("2023-09-30 23:00")
    made = forecast(known, Month(2023, 9), book, seed=1, paths=FEW)
    tenth, then = county_at("2023-09-10 12:00")
    early = forecast(tenth, Month(2023, 9), then, seed=1, paths=FEW)
    assert _width(made.bands[0]) < _width(early.bands[0])
    assert made.bands[0].low <= outcomes()[WHOLE_REGION, Month(2023, 9)] <= made.bands[0].high


def _width(band: Band) -> int:
    return band.high - band.low


def test_the_figures_are_those_of_paths_and_exempt_ones_are_counted() -> None:
    known, book = county_at("2023-09-10 12:00")
    made = forecast(known, Month(2023, 9), book, seed=1, paths=FEW)
    for band in made.bands:
        assert band.low <= band.median <= band.high
        assert band.low % 10_500_00 == 0
        assert (band.exempt is None) == (band.payer == WHOLE_REGION)
        assert band.exempt is None or 0 <= band.exempt <= FEW


def test_copies_evaluated_together_are_each_what_it_is_alone() -> None:
    known, book = county_at(OVER)
    month, payer = Month(2023, 6), "2380"
    of_payer = known.periods.filter(pl.col("payer_left") == payer)
    parts = [of_payer.head(of_payer.height - number * 20).with_columns(path=pl.lit(number)) for number in range(3)]
    together = payer_months(evaluate(copied(pl.concat(parts)), (month,), book), (month,), region=REGION, book=book)
    for number, part in enumerate(parts):
        alone = payer_months(evaluate(part.drop("path"), (month,), book), (month,), region=REGION, book=book)
        mine = {of_path(name): one for (name, _), one in together.items() if of_path(name)[1] == number}
        assert mine[payer, number] == alone[payer, month]


@pytest.mark.parametrize(
    ("now", "month", "error", "words"),
    [
        ("2023-03-10 12:00", "2023-03", HistoryTooShort, "2 whole months .* needs 3"),
        ("2023-10-01 00:00", "2023-09", OutlookRefused, "2023-09 is over"),
        ("2023-09-10 12:00", "2023-11", OutlookRefused, "2023-11 is too far ahead"),
    ],
)
def test_what_cannot_be_foretold(now: str, month: str, error: type[Exception], words: str) -> None:
    known, book = county_at(now)
    with pytest.raises(error, match=words):
        forecast(known, Month.parse(month), book, seed=1, paths=FEW)


def test_three_whole_months_are_enough_and_the_next_month_can_be_foretold() -> None:
    known, book = county_at("2023-04-10 12:00")
    assert forecast(known, Month(2023, 4), book, seed=1, paths=10).bands
    assert forecast(known, Month(2023, 5), book, seed=1, paths=10).bands
    past = history(known, month=Month(2023, 4), today=book.today)
    assert (past.days[0], past.days[-1]) == (date(2023, 1, 1), date(2023, 3, 31))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2023-04-06", 3),  # Maundy Thursday, a working day
        ("2023-04-07", DAY_OFF),  # Good Friday
        ("2023-04-08", SATURDAY),
        ("2023-04-09", DAY_OFF),
        ("2023-04-10", DAY_OFF),  # Easter Monday
        ("2023-04-11", 1),
        ("2023-06-24", SATURDAY),  # Midsummer Day, a Saturday all the same
    ],
)
def test_days_are_drawn_from_days_of_their_kind(day: str, kind: int) -> None:
    assert kind_of(date.fromisoformat(day)) == kind


def test_scores_are_exact() -> None:
    at = datetime(2023, 9, 10, tzinfo=UTC)
    month = Month(2023, 9)
    scored = [
        Scored(month, at, Band("", 10, 20, 30), 30),
        Scored(month, at, Band("", 10, 20, 30), 31),
        Scored(month, at, Band("", 10, 20, 30), 9),
        Scored(month, at, Band("2326", 0, 0, 0), 0),
    ]
    region, everyone, berg = scores(scored)
    assert (region.hits, region.forecasts, str(region.absolute_error), str(region.bias)) == (1, 3, "32/3", "-10/3")
    assert (everyone.payer, everyone.hits, berg.payer, berg.bias) == (None, 1, "2326", Fraction(0))
    assert scores([]) == ()
