"""Columns of instants on the clock of Stockholm: which date each falls on, and how far into its day the clock is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from calendars.day_table import FIRST, LAST, Days
from calendars.zone import STOCKHOLM

Instants = NDArray[np.datetime64]
"""Instants in UTC, `datetime64[us]`."""

_ONE_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_NUMBER = (FIRST - date(1970, 1, 1)).days
_MICROSECONDS_A_DAY = 86_400_000_000
_MICROSECONDS_A_SECOND = 1_000_000


def local_dates(instants: Instants) -> Days:
    """Return the calendar date in Stockholm on which each instant falls; 00:00 belongs to the new date.

    >>> local_dates(np.array(["2026-07-01T21:59:59", "2026-07-01T22:00"], dtype="datetime64[us]"))
    array(['2026-07-01', '2026-07-02'], dtype='datetime64[D]')

    Raises:
        TypeError: the column is not `datetime64[us]`.
        ValueError: an instant is missing (NaT).
        IndexError: an instant lies outside the table of days.
    """
    return (_dates(microseconds_of(instants)) + _FIRST_NUMBER).view("datetime64[D]")


def local_seconds(instants: Instants) -> NDArray[np.int64]:
    """Return what Stockholm's clock shows at each instant, as whole seconds after 00:00 on it: 0 to 86 399.

    17:00 is 61 200 in every night of the year; the hour that comes twice has the same seconds both times.

    >>> local_seconds(np.array(["2026-10-25T00:30", "2026-10-25T01:30"], dtype="datetime64[us]"))
    array([9000, 9000])

    Raises:
        TypeError: the column is not `datetime64[us]`.
        ValueError: an instant is missing (NaT).
        IndexError: an instant lies outside the table of days.
    """
    at, days = microseconds_of(instants), _days_on_the_clock()
    dates = _dates(at)
    elapsed = at - days.midnights.take(dates)
    shifted = np.where(at >= days.changes.take(dates), days.shifts.take(dates), 0)
    seconds: NDArray[np.int64] = (elapsed + shifted) // _MICROSECONDS_A_SECOND
    return seconds


def microseconds_of(instants: Instants) -> NDArray[np.int64]:
    """Return each instant as microseconds since 1970 in UTC, without a copy.

    Raises:
        TypeError: the column is not `datetime64[us]`.
        ValueError: an instant is missing (NaT).
    """
    if instants.dtype != np.dtype("datetime64[us]"):
        raise TypeError(f"a column of instants is datetime64[us] in UTC, not {instants.dtype}")
    if instants.size and np.isnat(instants.min()):
        raise ValueError("an instant is missing in the column (NaT)")
    return instants.view(np.int64)


def _dates(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each local date after the table's first one.

    Stockholm is ahead of UTC and less than a day: an instant falls on its date in UTC, or on the next one.
    """
    midnights = _days_on_the_clock().midnights
    if at.size and (at.min() < midnights[0] or at.max() >= midnights[-1]):
        raise IndexError(f"an instant lies outside {FIRST} to {LAST}")
    dates: NDArray[np.int64] = at // _MICROSECONDS_A_DAY
    dates -= _FIRST_NUMBER
    dates += at >= midnights.take(dates + 1)
    return dates


@dataclass(frozen=True, slots=True)
class _DaysOnTheClock:
    """By local date, from the table's first to the day after its last, in microseconds (of instants: since 1970).

    `midnights` are the instants at which the dates begin; `changes` those from which the clock is `shifts` ahead of
    the time elapsed since midnight, the end of time on a day whose clock is not changed.
    """

    midnights: NDArray[np.int64]
    changes: NDArray[np.int64]
    shifts: NDArray[np.int64]


@cache
def _days_on_the_clock() -> _DaysOnTheClock:
    """Ask the tz database when each date begins and, of a date that has not 24 hours, when its clock is changed."""
    days = (FIRST + number * _ONE_DAY for number in range((LAST - FIRST).days + 2))
    starts = [datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM).astimezone(UTC) for day in days]
    midnights = np.array([_micros(start - _EPOCH) for start in starts])
    shifts = _MICROSECONDS_A_DAY - np.diff(midnights)
    changes = np.full(shifts.shape, np.iinfo(np.int64).max)
    for number in np.flatnonzero(shifts):
        changes[number] = _micros(_change(starts[number], starts[number + 1]) - _EPOCH)
    return _DaysOnTheClock(midnights, changes, shifts)


def _change(before: datetime, after: datetime) -> datetime:
    """Return the first instant at which the offset is no longer that of `before`, found by halves."""
    offset = before.astimezone(STOCKHOLM).utcoffset()
    while after - before > timedelta.resolution:
        middle = before + (after - before) // 2
        unchanged = middle.astimezone(STOCKHOLM).utcoffset() == offset
        before, after = (middle, after) if unchanged else (before, middle)
    return after


def _micros(length: timedelta) -> int:
    return length // timedelta.resolution
