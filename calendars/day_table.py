"""One table of days, asked by single dates and whole columns alike: which are weekdays, and how they are numbered."""

from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from calendars.sweden import is_working_day

Days = NDArray[np.datetime64]
"""Dates, `datetime64[D]`."""

FIRST, LAST = date(2000, 1, 1), date(2101, 12, 31)
"""The dates that the table answers for, both included."""


def next_weekday(days: Days) -> Days:
    """Return each date that is a weekday (vardag) as it is, and for every other the next weekday.

    >>> next_weekday(np.array(["2026-03-06", "2026-03-07"], dtype="datetime64[D]"))
    array(['2026-03-06', '2026-03-09'], dtype='datetime64[D]')

    Raises:
        IndexError: a date lies outside the table.
    """
    weekdays, after = _weekdays()
    return weekdays[after[_numbers(days)]]


def next_weekday_of(day: date) -> date:
    """Return one date itself if it is a weekday, else the next weekday, by the same table.

    >>> next_weekday_of(date(2026, 3, 7))
    datetime.date(2026, 3, 9)

    Raises:
        IndexError: the date lies outside the table.
    """
    found: date = next_weekday(np.array([day], dtype="datetime64[D]"))[0].item()
    return found


def nth_weekday_after(days: Days, n: int) -> Days:
    """Return the date on which the n-th weekday strictly after each date falls; `n` is 1 or more.

    >>> nth_weekday_after(np.array(["2026-04-01"], dtype="datetime64[D]"), 3)
    array(['2026-04-08'], dtype='datetime64[D]')

    Raises:
        IndexError: a date, or its n-th weekday, lies outside the table.
    """
    if n < 1:
        raise ValueError(f"the first weekday after a date is number 1; {n} is none")
    weekdays, after = _weekdays()
    return weekdays[after[_numbers(days) + 1] + n - 1]


def nth_weekday_after_of(day: date, n: int) -> date:
    """Return the date on which the n-th weekday strictly after one date falls, by the same table.

    >>> nth_weekday_after_of(date(2026, 4, 1), 3)
    datetime.date(2026, 4, 8)
    """
    found: date = nth_weekday_after(np.array([day], dtype="datetime64[D]"), n)[0].item()
    return found


def _numbers(days: Days) -> NDArray[np.int64]:
    numbers = (days - np.datetime64(FIRST, "D")).astype(np.int64)
    if numbers.size and (numbers.min() < 0 or numbers.max() > (LAST - FIRST).days):
        raise IndexError(f"a date lies outside {FIRST} to {LAST}")
    return numbers


@cache
def _weekdays() -> tuple[Days, NDArray[np.int64]]:
    """Return every weekday, and for each day of the table how many weekdays come before it."""
    span = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 2))
    working = np.array([is_working_day(day) for day in span])
    before = np.concatenate(([0], np.cumsum(working)[:-1])).astype(np.int64)
    first = np.datetime64(FIRST, "D")
    return first + np.flatnonzero(working).astype("timedelta64[D]"), before
