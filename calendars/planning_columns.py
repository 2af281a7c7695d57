"""When planning starts, for a whole column of notices at once, by the windows that single notices are held against.

The windows of a rule (`calendars/windows.py`) are laid out a year at a time as rows of days, once, and looked up.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from calendars.windows import StaffingRule, table_of
from calendars.zone_columns import Instants, local_dates, microseconds_of

Rows = NDArray[np.int64]
"""Three rows, a column for each day, in microseconds since 1970: the opening, the closing, the opening after the day.

A day without staff closes at the beginning of time, before any notice.
"""

_NEVER = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        (_NEVER, _NEVER, _micros(day.later.opens))
        if day.span is None
        else (_micros(day.span.opens), _micros(day.span.closes), _micros(day.later.opens))
        for day in days
    ]
    return np.array(rows, dtype=np.int64).T.copy()


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta.resolution
