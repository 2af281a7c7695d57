"""The table of days against a loop over single days, and where it ends."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars import end_of_date, is_working_day
from calendars.deadlines import (
    FIRST,
    LAST,
    Days,
    next_weekday,
    next_weekday_of,
    nth_weekday_after,
    nth_weekday_after_of,
)
from tests.effort import examples

ONE_DAY = timedelta(days=1)


def column(*days: date) -> Days:
    return np.array(days, dtype="datetime64[D]")


def counted(day: date, n: int) -> date:
    """Walk from a day to its n-th weekday, the day itself not counted."""
    while n:
        day += ONE_DAY
        n -= is_working_day(day)
    return day


@pytest.mark.parametrize(
    ("day", "found", "why"),
    [
        ("2026-03-05", "2026-03-05", "Thursday, specification 2.4"),
        ("2026-03-06", "2026-03-06", "Friday"),
        ("2026-03-07", "2026-03-09", "Saturday, specification 2.4"),
        ("2026-03-08", "2026-03-09", "Sunday"),
        ("2026-04-02", "2026-04-02", "skärtorsdagen is a weekday"),
        ("2026-04-03", "2026-04-07", "långfredagen until after annandag påsk"),
        ("2018-04-01", "2018-04-03", "the third day is staffed, and no weekday"),
        ("2026-05-15", "2026-05-15", "the squeeze day after Kristi himmelsfärdsdag is a weekday"),
        ("2026-06-19", "2026-06-22", "midsommarafton"),
        ("2018-12-24", "2018-12-27", "julafton on a Monday"),
        ("2026-12-31", "2027-01-04", "nyårsafton, over the end of a year"),
        ("2000-01-01", "2000-01-03", "the first day of the table"),
        ("2101-12-30", "2101-12-30", "the last weekday of the table"),
    ],
)
def test_the_next_weekday(day: str, found: str, why: str) -> None:
    assert next_weekday(column(date.fromisoformat(day))).tolist() == [date.fromisoformat(found)], why
    assert next_weekday_of(date.fromisoformat(day)) == date.fromisoformat(found), why


def test_a_deadline_is_extended_to_the_next_weekday_of_the_table() -> None:
    days = [date(2018, 1, 1) + number * ONE_DAY for number in range(3652)]
    assert next_weekday(column(*days)).tolist() == [end_of_date(day).extended_day for day in days]


@pytest.mark.parametrize(
    ("day", "n", "found", "why"),
    [
        ("2026-03-02", 1, "2026-03-03", "the day itself is not counted"),
        ("2026-03-06", 1, "2026-03-09", "from Friday to Monday"),
        ("2026-03-07", 1, "2026-03-09", "from Saturday to the same Monday"),
        ("2026-03-06", 5, "2026-03-13", "a week of weekdays"),
        ("2026-04-01", 1, "2026-04-02", "skärtorsdagen"),
        ("2026-04-01", 2, "2026-04-07", "over Easter"),
        ("2026-04-01", 3, "2026-04-08", "and on"),
    ],
)
def test_the_nth_weekday_after_a_day(day: str, n: int, found: str, why: str) -> None:
    start, end = date.fromisoformat(day), date.fromisoformat(found)
    assert nth_weekday_after(column(start), n).tolist() == [end], why
    assert nth_weekday_after_of(start, n) == end


@pytest.mark.parametrize("n", [1, 3, 7])
def test_every_day_of_ten_years_as_by_a_loop(n: int) -> None:
    days = [date(2018, 1, 1) + number * ONE_DAY for number in range(3652)]
    assert nth_weekday_after(column(*days), n).tolist() == [counted(day, n) for day in days]
    assert next_weekday(column(*days)).tolist() == [counted(day - ONE_DAY, 1) for day in days]


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.dates(FIRST, LAST - timedelta(days=60)), max_size=6), st.integers(1, 25))
def test_any_days_as_by_a_loop(days: list[date], n: int) -> None:
    asked = column(*days)
    assert nth_weekday_after(asked, n).tolist() == [counted(day, n) for day in days]
    assert next_weekday(asked).tolist() == [counted(day - ONE_DAY, 1) for day in days]


@pytest.mark.parametrize("answer", [next_weekday, lambda days: nth_weekday_after(days, 1)], ids=["next", "nth"])
@pytest.mark.parametrize("day", [FIRST - ONE_DAY, LAST + ONE_DAY], ids=str)
def test_a_day_outside_the_table_is_refused(answer: Callable[[Days], Days], day: date) -> None:
    with pytest.raises(IndexError, match="outside"):
        answer(column(date(2026, 3, 2), day))
    with pytest.raises(IndexError, match="outside"):
        next_weekday_of(day)


def test_a_weekday_beyond_the_table_is_refused() -> None:
    assert nth_weekday_after_of(LAST - 10 * ONE_DAY, 1) == counted(LAST - 10 * ONE_DAY, 1)
    with pytest.raises(IndexError):
        nth_weekday_after(column(LAST), 1)
    with pytest.raises(IndexError):
        nth_weekday_after_of(LAST - 10 * ONE_DAY, 30)


@pytest.mark.parametrize("n", [0, -1])
def test_there_is_no_weekday_number_nought(n: int) -> None:
    with pytest.raises(ValueError, match="number 1"):
        nth_weekday_after(column(date(2026, 3, 2)), n)


def test_no_days_give_no_days() -> None:
    assert next_weekday(column()).tolist() == []
