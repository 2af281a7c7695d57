"""Columns of instants answer as single instants do: planning start, local dates, seconds of the day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.columns import Instants, local_dates, local_seconds, planning_starts
from calendars import ALWAYS, STANDARD, StaffedDay, StaffingRule, at_local, local, local_date, plain_utc, planning_start
from tests.effort import examples

QUARTER = np.timedelta64(15, "m")
OWN_DAYS = StaffingRule(
    time(8),
    time(17),
    third_day=True,
    added=(
        StaffedDay(date(2024, 3, 31), time(1), time(3, 45)),  # over the change to summer time
        StaffedDay(date(2026, 3, 29), time(2), time(3)),  # only the hour that never comes
        StaffedDay(date(2026, 10, 25), time(2), time(3)),  # the hour that comes twice
    ),
    removed=(date(2024, 3, 28), date(2024, 12, 27)),
)
RULES = {
    "standard": STANDARD,
    "always": ALWAYS,
    "own days": OWN_DAYS,
    "until midnight": StaffingRule(time(16), time(0), third_day=False),
    "from midnight": StaffingRule(time(0), time(0, 30), third_day=True),
}
NIGHTS = [(2000, 3, 26), (2024, 3, 31), (2024, 10, 27), (2026, 3, 29), (2026, 10, 25), (2038, 3, 28), (2099, 10, 25)]


def at(text: str) -> datetime:
    day, clock = text.split()
    return at_local(date.fromisoformat(day), time.fromisoformat(clock))


def column(instants: list[datetime]) -> Instants:
    plain = [plain_utc(instant).replace(tzinfo=None) for instant in instants]
    return np.array(plain, dtype="datetime64[us]")


def singly(notices: Instants, rule: StaffingRule) -> Instants:
    return column([planning_start(rule, notice.item().replace(tzinfo=UTC)).starts_at for notice in notices])


@pytest.mark.parametrize(
    ("notice", "starts", "why"),
    [
        # The five rows of specification 2.3.
        ("2018-03-28 10:15", "at once", "Wednesday"),
        ("2018-03-28 17:00", "2018-03-29 08:00", "17:00:00 is outside"),
        ("2018-03-29 18:05", "2018-04-01 08:00", "the third day"),
        ("2018-04-01 17:30", "2018-04-03 08:00", "after the third day nobody until Tuesday"),
        ("2018-06-15 17:01", "2018-06-18 08:00", "a plain weekend"),
        # Both sides of the opening and of the closing.
        ("2018-03-28 07:59:59.999999", "2018-03-28 08:00", "before the opening"),
        ("2018-03-28 08:00", "at once", "08:00:00 is inside"),
        ("2018-03-28 16:59:59.999999", "at once", "the last microsecond"),
        # Both sides of midnight, where the date in UTC is yesterday's.
        ("2018-03-28 23:59:59", "2018-03-29 08:00", "Wednesday night"),
        ("2018-03-29 00:00", "2018-03-29 08:00", "Thursday"),
        ("2018-03-29 23:59:59", "2018-04-01 08:00", "Thursday night"),
        # The third days of specification 2.2, and the evenings before and after.
        ("2017-12-29 17:00", "2018-01-01 08:00", "2017-12-30 – 2018-01-01"),
        ("2018-06-21 17:00", "2018-06-24 08:00", "2018-06-22 – 2018-06-24"),
        ("2018-06-24 17:00", "2018-06-25 08:00", "the run ends with its third day"),
        ("2018-12-21 17:00", "2018-12-24 08:00", "2018-12-22 – 2018-12-26"),
        ("2018-12-24 17:00", "2018-12-27 08:00", "and no other day of the five"),
        ("2020-12-23 17:00", "2020-12-26 08:00", "2020-12-24 – 2020-12-27"),
        ("2020-12-26 16:59", "at once", "inside its window"),
        ("2020-12-26 17:00", "2020-12-28 08:00", "after it"),
        ("2024-03-28 17:30", "2024-03-31 08:00", "the third day begins summer time"),
        # The ends of the table of days.
        ("2000-01-01 00:00", "2000-01-02 08:00", "the first instant, in a run that began in 1999"),
        ("2101-12-31 23:59", "2102-01-02 08:00", "the last day, in a run that ends after it"),
    ],
)
def test_when_planning_starts(notice: str, starts: str, why: str) -> None:
    found = planning_starts(column([at(notice)]), STANDARD)
    assert found.dtype == np.dtype("datetime64[us]")
    assert found.tolist() == column([at(notice if starts == "at once" else starts)]).tolist(), why


@pytest.mark.parametrize("name", RULES)
def test_every_quarter_of_an_hour_of_three_years_as_single_notices(name: str) -> None:
    notices = np.arange(np.datetime64("2023-12-31T22:00", "us"), np.datetime64("2027-01-01T02:00", "us"), QUARTER)
    np.testing.assert_array_equal(planning_starts(notices, RULES[name]), singly(notices, RULES[name]))


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: str(date(*night)))
@pytest.mark.parametrize("name", RULES)
def test_every_seven_minutes_around_a_change_of_the_clock(name: str, night: tuple[int, int, int]) -> None:
    day = np.datetime64(date(*night), "us")
    notices = np.arange(day - np.timedelta64(1, "D"), day + np.timedelta64(2, "D"), np.timedelta64(7, "m"))
    around = day + np.timedelta64(1, "h") + np.array([-1, 0, 1], dtype="timedelta64[us]")
    both = np.concatenate([notices, around])
    np.testing.assert_array_equal(planning_starts(both, RULES[name]), singly(both, RULES[name]))
    compare_readings(both)


def compare_readings(instants: Instants) -> None:
    singles = [instant.item().replace(tzinfo=UTC) for instant in instants]
    assert local_dates(instants).tolist() == [local_date(single) for single in singles]
    clocks = [local(single).time() for single in singles]
    assert local_seconds(instants).tolist() == [3600 * at.hour + 60 * at.minute + at.second for at in clocks]


@pytest.mark.parametrize(
    ("instant", "day", "seconds", "why"),
    [
        ("2026-01-14T22:59:59.999999", "2026-01-14", 86_399, "winter: the last microsecond of the date"),
        ("2026-01-14T23:00", "2026-01-15", 0, "and the first of the next"),
        ("2026-07-01T21:59:59.999999", "2026-07-01", 86_399, "summer"),
        ("2026-07-01T22:00", "2026-07-02", 0, "an hour earlier in UTC"),
        ("2026-03-29T00:59:59", "2026-03-29", 7_199, "01:59:59, and then the clock jumps"),
        ("2026-03-29T01:00", "2026-03-29", 10_800, "to 03:00"),
        ("2026-10-25T00:30", "2026-10-25", 9_000, "02:30"),
        ("2026-10-25T01:30", "2026-10-25", 9_000, "02:30 again"),
        ("2026-10-25T16:00", "2026-10-25", 61_200, "17:00 is 17:00 on a day of 25 hours"),
        ("1999-12-31T23:00", "2000-01-01", 0, "the first instant of the table"),
        ("2101-12-31T22:59:59", "2101-12-31", 86_399, "the last second"),
    ],
)
def test_what_the_clock_shows(instant: str, day: str, seconds: int, why: str) -> None:
    instants = np.array([instant], dtype="datetime64[us]")
    assert local_dates(instants).tolist() == [date.fromisoformat(day)], why
    assert local_seconds(instants).tolist() == [seconds], why


def start_by_standard(notices: Instants) -> Instants:
    return planning_starts(notices, STANDARD)


of_every_column = pytest.mark.parametrize("answer", [local_dates, local_seconds, start_by_standard])


@of_every_column
@pytest.mark.parametrize("instant", ["1999-12-31T22:59:59.999999", "2101-12-31T23:00"])
def test_an_instant_outside_the_table_is_refused(answer: Callable[[Instants], object], instant: str) -> None:
    with pytest.raises(IndexError, match="outside 2000-01-01 to 2101-12-31"):
        answer(np.array(["2026-03-02T10:00", instant], dtype="datetime64[us]"))


@of_every_column
def test_a_missing_instant_and_another_unit_are_refused(answer: Callable[[Instants], object]) -> None:
    with pytest.raises(ValueError, match="missing"):
        answer(np.array(["2026-03-02T10:00", "NaT"], dtype="datetime64[us]"))
    with pytest.raises(TypeError, match=r"not datetime64\[s\]"):
        answer(np.array(["2026-03-02T10:00"], dtype="datetime64[s]"))


@of_every_column
def test_an_empty_column_gives_an_empty_one(answer: Callable[[Instants], Instants]) -> None:
    assert answer(np.array([], dtype="datetime64[us]")).tolist() == []


def test_a_column_longer_than_what_is_looked_up_at_once() -> None:
    day = np.arange(np.datetime64("2026-03-27", "us"), np.datetime64("2026-04-08", "us"), QUARTER)
    many = np.tile(day, 200)
    np.testing.assert_array_equal(planning_starts(many, STANDARD), np.tile(singly(day, STANDARD), 200))


def test_the_notices_are_left_as_they_are_and_every_second_of_them_can_be_asked() -> None:
    notices = column([at("2018-03-28 10:15"), at("2018-03-28 17:00"), at("2018-03-29 18:05")])
    before = notices.copy()
    assert planning_starts(notices[::2], STANDARD).tolist() == planning_starts(notices, STANDARD)[::2].tolist()
    np.testing.assert_array_equal(notices, before)


instants = st.datetimes(datetime.fromisoformat("2017-01-01"), datetime.fromisoformat("2039-12-31"))
near = st.builds(
    lambda day, clock, micros: datetime.combine(day, clock) + timedelta(microseconds=micros),
    st.one_of(st.dates(date(2024, 3, 26), date(2024, 4, 3)), st.dates(date(2026, 10, 22), date(2026, 10, 27))),
    st.sampled_from([time(0), time(1), time(6), time(7), time(15), time(16), time(22), time(23)]),
    st.integers(-1, 1),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(sorted(RULES)), st.lists(st.one_of(near, instants), min_size=1, max_size=8))
def test_a_column_answers_as_its_single_notices(name: str, notices: list[datetime]) -> None:
    asked = np.array(notices, dtype="datetime64[us]")
    np.testing.assert_array_equal(planning_starts(asked, RULES[name]), singly(asked, RULES[name]))
    compare_readings(asked)


@pytest.mark.parametrize("year", [2000, 2026, 2101])
def test_every_hour_of_a_year_on_the_clock(year: int) -> None:
    start = np.datetime64(f"{year}-01-01T00:00", "us")
    compare_readings(start + np.arange(8_760 - 24) * np.timedelta64(1, "h"))
