"""Deadlines on dates: day 0, the strict last day, the next weekday of lag (1930:173) 2 §, and the start of planning.

Weekdays come from one table of days, asked by single dates and whole columns alike.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from pendulum import DateTime

from calendars.holidays import is_working_day
from calendars.staffing import StaffingRule, last_staffed, skipped_days, table_of
from calendars.timezone import in_utc, local_date, plain_utc, start_of_day

Days = NDArray[np.datetime64]
"""Dates, `datetime64[D]`."""

FIRST, LAST = date(2000, 1, 1), date(2101, 12, 31)
"""The dates that the table answers for, both included."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DateDeadline:
    """A deadline at the end of a date, strict and extended; alarms go by the strict one, both are shown.

    `day0` is the date counted from, `last_day` the last day (included), `extended_day` the same or the next working
    day after it. `strict_due` and `extended_due` are the instants in UTC at which the following days begin:
    what happens at that instant is late.
    """

    day0: date
    last_day: date
    strict_due: DateTime
    extended_day: date
    extended_due: DateTime


@dataclass(frozen=True, slots=True)
class _Ends:
    """What the last day alone decides."""

    strict_due: DateTime
    extended_day: date
    extended_due: DateTime


@dataclass(frozen=True, slots=True)
class PlanningStart:
    """When the planning of a notice starts under a rule.

    Only the decision is kept, the opening that the notice waits for (None: it waits for none); what follows from it
    is worked out when it is read.
    """

    rule: StaffingRule
    notice: datetime
    opening: DateTime | None

    @property
    def starts_at(self) -> DateTime:
        """The instant in UTC at which planning starts: the notice's own, or the opening."""
        return in_utc(self.notice) if self.opening is None else self.opening

    @property
    def at_once(self) -> bool:
        """Whether somebody was there when the notice came."""
        return self.opening is None

    @property
    def skipped(self) -> tuple[date, ...]:
        """The days without staff before the start, the day of the notice included if it is one."""
        return skipped_days(self.rule, first=local_date(self.notice), last=local_date(self.starts_at))


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


def within_days(message_at: datetime, days: int) -> DateDeadline:
    """Count calendar days from a message: its local date is day 0, the end of day `days` is the deadline.

    >>> within_days(datetime.fromisoformat("2026-03-04T09:00+01:00"), 3).extended_day
    datetime.date(2026, 3, 9)

    Raises:
        ValueError: the instant has no time zone, or the number of days is negative.
    """
    if days < 0:
        raise ValueError(f"a deadline within {days} days does not exist")
    day0 = local_date(message_at)
    return _deadline(day0, day0 + days * _ONE_DAY)


def end_of_date(day: date) -> DateDeadline:
    """Give the deadline at the end of a date itself.

    >>> end_of_date(date(2026, 3, 28)).strict_due.isoformat()
    '2026-03-28T23:00:00+00:00'

    Raises:
        TypeError: a datetime was passed.
    """
    return _deadline(day, day)


def practical_due(rule: StaffingRule, strict_due: datetime) -> DateTime:
    """Give the last moment, `strict_due` included, at which the responsible unit is still staffed.

    Raises:
        ValueError: the instant has no time zone, or lies outside 1990 to 2199.
    """
    return last_staffed(rule, strict_due)


def planning_start(rule: StaffingRule, notice: datetime) -> PlanningStart:
    """Find when planning starts: at once inside a window, else at the next opening.

    The opening, 08:00:00, is inside; the closing, 17:00:00, is outside.

    >>> from calendars.staffing import STANDARD
    >>> start = planning_start(STANDARD, datetime.fromisoformat("2018-03-29T18:05+02:00"))
    >>> start.starts_at.isoformat(), start.at_once
    ('2018-04-01T06:00:00+00:00', False)

    Raises:
        ValueError: the notice has no time zone, or lies outside 1990 to 2199.
    """
    at = plain_utc(notice)
    return PlanningStart(rule, at, table_of(rule).opening(at))


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


def _deadline(day0: date, last_day: date) -> DateDeadline:
    ends = _ends_of(last_day)
    return DateDeadline(
        day0=day0,
        last_day=last_day,
        strict_due=ends.strict_due,
        extended_day=ends.extended_day,
        extended_due=ends.extended_due,
    )


@lru_cache(maxsize=4096)
def _ends_of(last_day: date) -> _Ends:
    extended_day = last_day
    while not is_working_day(extended_day):
        extended_day += _ONE_DAY
    due = in_utc(start_of_day(last_day + _ONE_DAY))
    return _Ends(due, extended_day, in_utc(start_of_day(extended_day + _ONE_DAY)))
