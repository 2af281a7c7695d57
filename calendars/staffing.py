"""Arithmetic on staffed hours: when a unit is staffed next or was last, and elapsed hours inside its windows.

Every result is an instant in UTC, so that results compare and subtract safely in every night of the year.
"""

from datetime import date, datetime, time, timedelta

from pendulum import DateTime

from calendars.windows import StaffedDay, StaffingRule, Window, table_of
from calendars.zone import in_utc, plain_utc, require_date

__all__ = [
    "ALWAYS",
    "STANDARD",
    "StaffedDay",
    "StaffingRule",
    "Window",
    "add_staffed",
    "is_staffed",
    "last_staffed",
    "next_staffed",
    "staffed_between",
    "subtract_staffed",
    "window_of",
]

STANDARD = StaffingRule(opens=time(8), closes=time(17), third_day=True)
"""Working days 08:00 to 17:00, and the third day of a long holiday (Jämtland Härjedalen, "Planering")."""

ALWAYS = StaffingRule(opens=time(0), closes=time(0), third_day=True, around_the_clock=True)
"""Every hour of every day."""

_NOTHING = timedelta(0)


def window_of(rule: StaffingRule, day: date) -> Window | None:
    """Give the staffed hours of a day, or None if nobody is there; around the clock gives the whole day.

    >>> window_of(STANDARD, date(2018, 4, 1)).opens.isoformat()
    '2018-04-01T06:00:00+00:00'
    >>> window_of(STANDARD, date(2018, 3, 31)) is None
    True

    Raises:
        TypeError: a datetime was passed.
        ValueError: the year lies outside 1990 to 2199.
    """
    require_date(day)
    span = table_of(rule)[day.toordinal()].span
    return None if span is None else span.window


def is_staffed(rule: StaffingRule, instant: datetime) -> bool:
    """Tell whether somebody is there at an instant; the opening is inside, the closing outside.

    >>> from calendars.zone import at_local
    >>> is_staffed(STANDARD, at_local(date(2026, 3, 2), time(17)))
    False

    Raises:
        ValueError: the instant has no time zone, or lies outside 1990 to 2199.
    """
    at = plain_utc(instant)
    span = table_of(rule).at(at).span
    return span is not None and span.opens <= at < span.closes


def next_staffed(rule: StaffingRule, instant: datetime) -> DateTime:
    """Give the instant itself if somebody is there, else the next opening.

    >>> from calendars.zone import at_local
    >>> next_staffed(STANDARD, at_local(date(2018, 3, 29), time(18, 5))).isoformat()
    '2018-04-01T06:00:00+00:00'

    Raises:
        ValueError: the instant has no time zone, or lies outside 1990 to 2199.
    """
    opening = table_of(rule).opening(plain_utc(instant))
    return in_utc(instant) if opening is None else opening


def last_staffed(rule: StaffingRule, before: datetime) -> DateTime:
    """Give the last moment, `before` included, by which somebody can still have acted.

    That is `before` itself inside a window or at its closing, else the latest closing before it.

    >>> from calendars.zone import start_of_day
    >>> last_staffed(STANDARD, start_of_day(date(2026, 3, 9))).isoformat()
    '2026-03-06T16:00:00+00:00'

    Raises:
        ValueError: the instant has no time zone, or lies outside 1990 to 2199.
    """
    at = plain_utc(before)
    day = table_of(rule).at(at)
    span = day.span
    if span is None or at <= span.opens:
        return day.earlier.window.closes
    return in_utc(before) if at <= span.closes else span.window.closes


def add_staffed(rule: StaffingRule, instant: datetime, *, staffed: timedelta) -> DateTime:
    """Give the earliest instant by which that much staffed time has passed; no time gives the instant itself.

    13:00 and 4 hours are 17:00, not the next opening.

    >>> from calendars.zone import at_local
    >>> add_staffed(STANDARD, at_local(date(2026, 3, 6), time(16)), staffed=timedelta(hours=4)).isoformat()
    '2026-03-09T10:00:00+00:00'

    Raises:
        ValueError: the time is negative, the instant has no time zone, or a day lies outside 1990 to 2199.
    """
    left = _length(staffed)
    if left == _NOTHING:
        return in_utc(instant)
    begins = plain_utc(instant)
    table = table_of(rule)
    day = table.at(begins)
    span = day.later if day.span is None or begins >= day.span.closes else day.span
    begins = max(begins, span.opens)
    while left > (room := span.closes - begins):
        left -= room
        span = table.after(span)
        begins = span.opens
    return in_utc(begins + left)


def subtract_staffed(rule: StaffingRule, instant: datetime, *, staffed: timedelta) -> DateTime:
    """Give the latest instant from which that much staffed time remains; no time gives the instant itself.

    12:00 less 4 hours is 08:00, not the closing before.

    >>> from calendars.zone import at_local
    >>> subtract_staffed(STANDARD, at_local(date(2018, 4, 1), time(12)), staffed=timedelta(hours=4)).isoformat()
    '2018-04-01T06:00:00+00:00'

    Raises:
        ValueError: the time is negative, the instant has no time zone, or a day lies outside 1990 to 2199.
    """
    left = _length(staffed)
    if left == _NOTHING:
        return in_utc(instant)
    ends = plain_utc(instant)
    table = table_of(rule)
    day = table.at(ends)
    span = day.earlier if day.span is None or ends <= day.span.opens else day.span
    ends = min(ends, span.closes)
    while left > (room := ends - span.opens):
        left -= room
        span = table.before(span)
        ends = span.closes
    return in_utc(ends - left)


def staffed_between(rule: StaffingRule, start: datetime, end: datetime) -> timedelta:
    """Add up the staffed time from one instant to another, elapsed, not by the clock on the wall.

    >>> from calendars.zone import start_of_day
    >>> staffed_between(STANDARD, start_of_day(date(2026, 3, 2)), start_of_day(date(2026, 3, 9)))
    datetime.timedelta(days=1, seconds=75600)

    Raises:
        ValueError: the end comes before the start, an instant has no time zone, or lies outside 1990 to 2199.
    """
    begins, ends = plain_utc(start), plain_utc(end)
    if ends < begins:
        raise ValueError(f"the end {ends.isoformat()} comes before the start {begins.isoformat()}")
    table = table_of(rule)
    day = table.at(begins)
    span = day.later if day.span is None else day.span
    total = _NOTHING
    while span.opens < ends:
        total += max(min(ends, span.closes) - max(begins, span.opens), _NOTHING)
        span = table.after(span)
    return total


def _length(staffed: timedelta) -> timedelta:
    length = timedelta.__add__(_NOTHING, staffed)  # a plain timedelta, also of a pendulum Duration
    if length < _NOTHING:
        raise ValueError(f"the staffed time {length} is negative")
    return length
