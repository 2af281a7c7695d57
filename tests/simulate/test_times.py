from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.holidays import is_working_day
from calendars.timezone import at_local, local, local_date, plain_utc
from hemgang.simulate.story import (
    chance_of,
    instant,
    last_chance,
    minute_of,
    pick,
    poisson,
    staffed,
    staffed_after,
    staffed_before,
    working_day,
)

DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2098, 12, 31))


@given(day=DAYS, minute=st.integers(0, 24 * 60 - 1))
def test_an_instant_shows_its_minute_on_the_clock(day: date, minute: int) -> None:
    at = instant(day, minute)
    changes = local(instant(day, 0)).utcoffset() != local(instant(day, 720)).utcoffset()
    if not changes or minute >= 180:
        assert at == plain_utc(at_local(day, local(at).time()))
        assert local(at).hour * 60 + local(at).minute == minute
        assert local_date(at) == day
    if not changes:
        assert minute_of(at) == minute


@pytest.mark.parametrize(
    ("day", "minute", "expected"),
    [
        (date(2023, 3, 26), 12 * 60, datetime(2023, 3, 26, 10, tzinfo=UTC)),  # the day the clock goes forward
        (date(2023, 3, 26), 60, datetime(2023, 3, 26, 0, tzinfo=UTC)),
        (date(2023, 10, 29), 12 * 60, datetime(2023, 10, 29, 11, tzinfo=UTC)),  # the day it goes back
        (date(2023, 4, 5), 24 * 60, datetime(2023, 4, 5, 22, tzinfo=UTC)),
        (date(2023, 4, 5), 0.5, datetime(2023, 4, 4, 22, 0, 30, tzinfo=UTC)),
    ],
)
def test_instants_beside_a_change_of_the_clock(day: date, minute: float, expected: datetime) -> None:
    assert instant(day, minute) == expected


def test_offices_are_shut_over_easter_but_for_its_third_day() -> None:
    thursday_evening = instant(date(2023, 4, 6), 18 * 60)
    assert staffed(thursday_evening) == instant(date(2023, 4, 9), 8 * 60)
    assert staffed_after(thursday_evening, 10) == instant(date(2023, 4, 11), 9 * 60)
    assert staffed_before(instant(date(2023, 4, 9), 9 * 60), 3) == instant(date(2023, 4, 6), 15 * 60)
    assert last_chance(date(2023, 4, 8)) == instant(date(2023, 4, 6), 17 * 60)
    assert last_chance(date(2023, 4, 9)) == instant(date(2023, 4, 9), 17 * 60)


@given(day=DAYS, step=st.sampled_from([1, -1]))
def test_the_nearest_working_day_is_one_and_none_lies_between(day: date, step: int) -> None:
    found = working_day(day, step)
    assert is_working_day(found)
    between = [day + timedelta(days=step * number) for number in range(abs((found - day).days))]
    assert not any(is_working_day(one) for one in between)


def test_picks_come_as_often_as_they_should() -> None:
    chance = chance_of("test")
    found = [pick(chance, (("a", 0.7), ("b", 0.3))) for _ in range(10_000)]
    assert 6_700 < found.count("a") < 7_300


@pytest.mark.parametrize("mean", [0, 0.1, 3, 49, 51, 900])
def test_arrivals_average_to_their_mean(mean: float) -> None:
    chance = chance_of("test", mean)
    counts = [poisson(chance, mean) for _ in range(4_000)]
    assert abs(sum(counts) / len(counts) - mean) <= 4 * (mean / len(counts)) ** 0.5 + 0.02
    assert min(counts) >= 0


def test_a_chance_is_the_same_for_the_same_name_and_another_for_another() -> None:
    assert chance_of("x", 1).random() == chance_of("x", 1).random()
    assert chance_of("x", 1).random() != chance_of("x", 2).random()
