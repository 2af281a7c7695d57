"""When a unit is staffed, and arithmetic on staffed hours; specification 2.1 to 2.3.

A rule gives a table of days, worked out once. Every result is an instant in UTC, so that results compare and subtract
safely in every night of the year.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from pendulum import DateTime

from calendars.holidays import is_working_day, long_holiday_of
from calendars.timezone import at_local, in_utc, plain_utc, require_date, start_of_day

_MIDNIGHT = time(0, 0)

_ONE_DAY = timedelta(days=1)

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class StaffedDay:
    """A day with hours of its own, from the first time to the last; `closes` 00:00 is the end of the day.

    Raises:
        ValueError: the hours are empty, turned round or carry a time zone.
    """

    day: date
    opens: time
    closes: time

    def __post_init__(self) -> None:
        """Refuse hours that cannot be."""
        require_date(self.day)
        _check_hours(self.opens, self.closes)


@dataclass(frozen=True, slots=True)
class Window:
    """The staffed hours of one day as instants in UTC: `opens` included, `closes` excluded."""

    day: date
    opens: DateTime
    closes: DateTime


class _WithTable:
    """Room for the table of a rule, outside its fields, so that equality, hash and copies know nothing of it."""

    __slots__ = ("_table",)
    _table: "DayTable"


@dataclass(frozen=True, slots=True)
class StaffingRule(_WithTable):
    """On which days and between which local times a unit is staffed.

    Working days have the hours `opens` to `closes` (00:00 is the end of the day); with `third_day`, so has the third
    day of a long holiday. `around_the_clock` is every hour of every day instead. A day in `removed` is not staffed
    whatever it is, and a day in `added` has its own hours before everything else.

    Raises:
        ValueError: hours are empty, turned round or carry a time zone, or a day is added twice.
    """

    opens: time
    closes: time
    third_day: bool
    added: tuple[StaffedDay, ...] = ()
    removed: tuple[date, ...] = ()
    around_the_clock: bool = False

    def __post_init__(self) -> None:
        """Refuse hours that cannot be, and a day with hours twice."""
        _check_hours(self.opens, self.closes)
        for day in self.removed:
            require_date(day)
        days = [added.day for added in self.added]
        if len(set(days)) < len(days):
            raise ValueError(f"a day is added twice: {', '.join(map(str, sorted(days)))}")


@dataclass(frozen=True, slots=True)
class _Span:
    """A window of the table: `opens` and `closes` as standard datetimes in UTC, which compare fastest."""

    opens: datetime
    closes: datetime
    window: Window


@dataclass(frozen=True, slots=True)
class _TableDay:
    """A day of the table: the instant it ends, its own span, and the nearest spans before and after the day."""

    ends: datetime
    span: _Span | None
    earlier: _Span
    later: _Span


class DayTable(dict[int, _TableDay]):
    """The days of a rule by their ordinal, each worked out when first asked for and then kept."""

    def __init__(self, rule: StaffingRule) -> None:
        super().__init__()
        self._rule = rule
        self._added = {added.day: added for added in rule.added}
        self._removed = frozenset(rule.removed)

    def __missing__(self, ordinal: int) -> _TableDay:
        """Work out a day that nobody has asked for yet."""
        day = date.fromordinal(ordinal)
        known = _TableDay(
            span=self._span(day),
            ends=plain_utc(start_of_day(day + _ONE_DAY)),
            earlier=self._nearest(day, -_ONE_DAY),
            later=self._nearest(day, _ONE_DAY),
        )
        self[ordinal] = known
        return known

    def at(self, instant: datetime) -> _TableDay:
        """Find the day of an instant in UTC: its date there or, as Stockholm is ahead, the next."""
        ordinal = instant.toordinal()
        day = self[ordinal]
        return day if instant < day.ends else self[ordinal + 1]

    def opening(self, instant: datetime) -> DateTime | None:
        """Give the next opening as seen from an instant in UTC, or None if somebody is there at that instant."""
        ordinal = instant.toordinal()
        day = self[ordinal]
        if instant >= day.ends:
            day = self[ordinal + 1]
        span = day.span
        if span is None or instant >= span.closes:
            return day.later.window.opens
        return None if instant >= span.opens else span.window.opens

    def after(self, span: _Span) -> _Span:
        """Give the next span."""
        return self[span.window.day.toordinal()].later

    def before(self, span: _Span) -> _Span:
        """Give the span before."""
        return self[span.window.day.toordinal()].earlier

    def _nearest(self, day: date, step: timedelta) -> _Span:
        found = None
        while found is None:
            day += step
            found = self._span(day)
        return found

    def _span(self, day: date) -> _Span | None:
        hours = self._hours(day)
        if hours is None:
            return None
        opens, closes = hours
        begins = in_utc(at_local(day, opens))
        ends = in_utc(start_of_day(day + _ONE_DAY) if closes == _MIDNIGHT else at_local(day, closes))
        if begins >= ends:  # hours inside the hour that the clock jumps over
            return None
        return _Span(plain_utc(begins), plain_utc(ends), Window(day=day, opens=begins, closes=ends))

    def _hours(self, day: date) -> tuple[time, time] | None:
        if day in self._added:
            return self._added[day].opens, self._added[day].closes
        if day in self._removed:
            return None
        if self._rule.around_the_clock:
            return _MIDNIGHT, _MIDNIGHT
        if is_working_day(day) or (self._rule.third_day and _is_third_day(day)):
            return self._rule.opens, self._rule.closes
        return None


def table_of(rule: StaffingRule) -> DayTable:
    """Give the table of a rule; equal rules share one."""
    try:
        return rule._table
    except AttributeError:
        table = _shared_table(rule)
        object.__setattr__(rule, "_table", table)
        return table


def is_staffed(rule: StaffingRule, instant: datetime) -> bool:
    """Tell whether somebody is there at an instant; the opening is inside, the closing outside.

    >>> from calendars.timezone import at_local
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

    >>> from calendars.timezone import at_local
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

    >>> from calendars.timezone import start_of_day
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

    >>> from calendars.timezone import at_local
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

    >>> from calendars.timezone import at_local
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

    >>> from calendars.timezone import start_of_day
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


def skipped_days(rule: StaffingRule, *, first: date, last: date) -> tuple[date, ...]:
    """List the days without staff from one date to another, both included.

    >>> skipped_days(STANDARD, first=date(2018, 3, 29), last=date(2018, 4, 1))
    (datetime.date(2018, 3, 30), datetime.date(2018, 3, 31))

    Raises:
        TypeError: a datetime was passed.
        ValueError: a day lies outside 1990 to 2199.
    """
    days = (first + n * _ONE_DAY for n in range((last - first).days + 1))
    return tuple(day for day in days if window_of(rule, day) is None)


@lru_cache(maxsize=1024)
def _shared_table(rule: StaffingRule) -> DayTable:
    return DayTable(rule)


def _is_third_day(day: date) -> bool:
    run = long_holiday_of(day)
    return run is not None and run.third_day == day


def _check_hours(opens: time, closes: time) -> None:
    if opens.tzinfo is not None or closes.tzinfo is not None:
        raise ValueError(f"the hours {opens} to {closes} carry a time zone; they must be plain times in Stockholm")
    if closes != _MIDNIGHT and closes <= opens:
        raise ValueError(f"the hours {opens:%H:%M} to {closes:%H:%M} are empty or turned round")


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
    "skipped_days",
    "staffed_between",
    "subtract_staffed",
    "window_of",
]


def _length(staffed: timedelta) -> timedelta:
    length = timedelta.__add__(_NOTHING, staffed)  # a plain timedelta, also of a pendulum Duration
    if length < _NOTHING:
        raise ValueError(f"the staffed time {length} is negative")
    return length


STANDARD = StaffingRule(opens=time(8), closes=time(17), third_day=True)
"""Working days 08:00 to 17:00, and the third day of a long holiday (Jämtland Härjedalen, "Planering")."""

ALWAYS = StaffingRule(opens=time(0), closes=time(0), third_day=True, around_the_clock=True)
"""Every hour of every day."""
