"""When a unit is staffed, as a rule, and the table of days worked out from it; specification 2.1 to 2.3."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from pendulum import DateTime

from calendars.runs import long_holiday_of
from calendars.sweden import is_working_day
from calendars.zone import at_local, in_utc, plain_utc, require_date, start_of_day

_MIDNIGHT = time(0, 0)
_ONE_DAY = timedelta(days=1)


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
class Span:
    """A window of the table: `opens` and `closes` as standard datetimes in UTC, which compare fastest."""

    opens: datetime
    closes: datetime
    window: Window


@dataclass(frozen=True, slots=True)
class TableDay:
    """A day of the table: the instant it ends, its own span, and the nearest spans before and after the day."""

    ends: datetime
    span: Span | None
    earlier: Span
    later: Span


class DayTable(dict[int, TableDay]):
    """The days of a rule by their ordinal, each worked out when first asked for and then kept."""

    def __init__(self, rule: StaffingRule) -> None:
        super().__init__()
        self._rule = rule
        self._added = {added.day: added for added in rule.added}
        self._removed = frozenset(rule.removed)

    def __missing__(self, ordinal: int) -> TableDay:
        """Work out a day that nobody has asked for yet."""
        day = date.fromordinal(ordinal)
        known = TableDay(
            span=self._span(day),
            ends=plain_utc(start_of_day(day + _ONE_DAY)),
            earlier=self._nearest(day, -_ONE_DAY),
            later=self._nearest(day, _ONE_DAY),
        )
        self[ordinal] = known
        return known

    def at(self, instant: datetime) -> TableDay:
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

    def after(self, span: Span) -> Span:
        """Give the next span."""
        return self[span.window.day.toordinal()].later

    def before(self, span: Span) -> Span:
        """Give the span before."""
        return self[span.window.day.toordinal()].earlier

    def _nearest(self, day: date, step: timedelta) -> Span:
        found = None
        while found is None:
            day += step
            found = self._span(day)
        return found

    def _span(self, day: date) -> Span | None:
        hours = self._hours(day)
        if hours is None:
            return None
        opens, closes = hours
        begins = in_utc(at_local(day, opens))
        ends = in_utc(start_of_day(day + _ONE_DAY) if closes == _MIDNIGHT else at_local(day, closes))
        if begins >= ends:  # hours inside the hour that the clock jumps over
            return None
        return Span(plain_utc(begins), plain_utc(ends), Window(day=day, opens=begins, closes=ends))

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
