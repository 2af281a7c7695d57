"""Columns of instants in Stockholm, planning starts of a whole column, and portions of a table of ready periods.

The windows of a staffing rule (`calendars/staffing.py`) are laid out once a year, as rows of days, and looked up. A
portion holds whole regions, so that a country of any size is evaluated in bounded memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calendars.deadlines import FIRST, LAST, Days
from calendars.staffing import StaffingRule, table_of
from calendars.timezone import STOCKHOLM

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


Rows = NDArray[np.int64]
"""Three rows, a column for each day, in microseconds since 1970: the opening, the closing, the opening after the day.

A day without staff closes at the beginning of time, before any notice.
"""

_NEVER = np.iinfo(np.int64).min

_AT_ONCE = 65_536
"""Rows looked up together: few enough that what lies between input and result stays in the processor's cache."""


def planning_starts(notices: Instants, rule: StaffingRule) -> Instants:
    """Find when planning starts on each notice: at once inside a window, else at the next opening; specification 2.3.

    A one-dimensional column of instants in UTC gives one of the same length, `datetime64[us]` in UTC. The opening,
    08:00:00, is inside; the closing, 17:00:00, is outside.

    >>> from calendars.staffing import STANDARD
    >>> planning_starts(np.array(["2018-03-29T16:05"], dtype="datetime64[us]"), STANDARD)
    array(['2018-04-01T06:00:00.000000'], dtype='datetime64[us]')

    Raises:
        TypeError: the column is not `datetime64[us]`.
        ValueError: a notice is missing (NaT).
        IndexError: a notice lies outside the table of days, 2000-01-01 to 2101-12-31.
    """
    at = microseconds_of(notices)
    starts = np.empty(notices.shape, dtype="datetime64[us]")
    if not at.size:
        return starts
    between = local_dates(np.array([notices.min(), notices.max()]))
    first, last = (day.item().year for day in between)
    opens, closes, later = _years(rule, first, last)
    before = (date(first, 1, 1) - date(1970, 1, 1)).days
    found = starts.view(np.int64)
    for start in range(0, len(at), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        row = local_dates(notices[part]).view(np.int64) - before
        here = at[part]
        found[part] = np.where(here < closes.take(row), np.maximum(here, opens.take(row)), later.take(row))
    return starts


@lru_cache(maxsize=32)
def _years(rule: StaffingRule, first: int, last: int) -> Rows:
    """Return the rows of the days of some years, both included."""
    return np.concatenate([_year(rule, year) for year in range(first, last + 1)], axis=1)


@lru_cache(maxsize=4096)
def _year(rule: StaffingRule, year: int) -> Rows:
    table = table_of(rule)
    days = (table[ordinal] for ordinal in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))
    rows = [
        (_NEVER, _NEVER, _instant_micros(day.later.opens))
        if day.span is None
        else (
            _instant_micros(day.span.opens),
            _instant_micros(day.span.closes),
            _instant_micros(day.later.opens),
        )
        for day in days
    ]
    return np.array(rows, dtype=np.int64).T.copy()


def _instant_micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta.resolution


AT_ONCE = 1_500_000
"""Rows: about 1 GiB of memory while they are evaluated."""


def portions(periods: pl.DataFrame | pl.LazyFrame, *, at_once: int = AT_ONCE) -> Iterator[pl.DataFrame]:
    """Yield the table in parts of whole regions, each of at most `at_once` rows where regions are smaller than that.

    Nothing in one region decides about another, so the parts can be evaluated one after the other. A lazy table, of
    files for instance, is never held as a whole.
    """
    table = periods.lazy()
    sizes = table.group_by("region").agg(pl.len()).collect(engine="streaming").sort("region", nulls_last=True)
    regions: list[str | None] = []
    rows = 0
    for region, size in sizes.iter_rows():
        if regions and rows + size > at_once:
            yield _of(table, regions)
            regions, rows = [], 0
        regions.append(region)
        rows += size
    if len(regions) == sizes.height:
        yield table.collect()
    elif regions:
        yield _of(table, regions)


def _of(table: pl.LazyFrame, regions: list[str | None]) -> pl.DataFrame:
    """Return the rows of regions that follow each other; by a range, so that files skip what lies outside it."""
    named = [region for region in regions if region is not None]
    wanted = pl.col("region").is_between(pl.lit(named[0]), pl.lit(named[-1])) if named else pl.lit(False)
    if None in regions:
        wanted = wanted | pl.col("region").is_null()
    return table.filter(wanted).collect()
