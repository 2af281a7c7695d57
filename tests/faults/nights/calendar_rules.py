"""Every rule of `calendars/` at one instant, as seconds, beside what the second opinion says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from calendars import (
    ALWAYS,
    STANDARD,
    StaffedDay,
    StaffingRule,
    add_staffed,
    at_local,
    end_of_date,
    in_utc,
    is_staffed,
    is_working_day,
    last_staffed,
    local,
    local_date,
    long_holiday_of,
    next_staffed,
    planning_start,
    practical_due,
    read_local,
    staffed_between,
    subtract_staffed,
    within_days,
)
from tests.faults.nights.eu_clock import DAY, HOUR, ahead, first_at, on_the_wall, readings, summer_of
from tests.faults.nights.instants import YEARS
from tests.faults.nights.oracle import EPOCH, Hours, is_third_day, is_weekday, midnight, next_weekday

FROM_1970 = datetime(1970, 1, 1, tzinfo=UTC)
MORNING, EVENING = 8 * HOUR, 17 * HOUR
NIGHT_OF_MARCH, NIGHT_OF_OCTOBER = (HOUR, 3 * HOUR + 2700), (2 * HOUR, 3 * HOUR)


def at(seconds: int) -> datetime:
    """Return an instant."""
    return FROM_1970 + timedelta(seconds=seconds)


def seconds_of(instant: datetime) -> int:
    """Return the seconds of an instant."""
    return round(instant.timestamp())


def day_at(number: int) -> date:
    """Return a date by its number."""
    return date.fromordinal(number + EPOCH)


@dataclass(frozen=True)
class Pair:
    """A staffing rule and its second opinion."""

    name: str
    rule: StaffingRule
    hours: Hours


def pairs() -> tuple[Pair, ...]:
    """Return the rules asked: the standard, always, and one that is staffed on every night the clock is changed."""
    days: dict[int, tuple[int, int]] = {}
    for year in YEARS:
        march, october = (change // DAY for change in summer_of(year))
        days[march], days[october] = NIGHT_OF_MARCH if year % 2 else NIGHT_OF_OCTOBER, NIGHT_OF_OCTOBER
    added = tuple(StaffedDay(day_at(number), *map(_clock, times)) for number, times in days.items())
    removed = frozenset(number + 1 for number in days)
    nights = StaffingRule(time(8), time(0), True, added=added, removed=tuple(map(day_at, removed)))
    return (
        Pair("standard", STANDARD, Hours((MORNING, EVENING), third_day=True)),
        Pair("always", ALWAYS, Hours((0, DAY), always=True)),
        Pair("nights", nights, Hours((MORNING, DAY), third_day=True, added=days, removed=removed)),
    )


def of_the_clock(seconds: int) -> Iterator[tuple[str, object, object]]:
    """Yield what the rules without staff answer at an instant: name, answer, second opinion."""
    instant, (number, clock) = at(seconds), on_the_wall(seconds)
    day, shown = day_at(number), local(instant)
    yield (
        "local",
        (shown.date(), shown.time(), shown.utcoffset()),
        (day, _clock(clock), timedelta(seconds=ahead(seconds))),
    )
    yield "local_date", local_date(instant), day
    yield "in_utc", seconds_of(in_utc(shown)), seconds
    reading, twice = read_local(datetime.combine(day, _clock(clock))), readings(number, clock)
    yield "read_local", (reading.instant and seconds_of(reading.instant), reading.ambiguous), (twice[0], len(twice) > 1)
    yield "at_local", seconds_of(at_local(day, _clock(clock))), twice[0]
    yield "is_working_day", is_working_day(day), is_weekday(number)
    run = long_holiday_of(day)
    yield "third day", run is not None and run.third_day == day, is_third_day(number)
    for days in (0, 1, 3, 30):
        dated, last = within_days(instant, days), number + days
        yield f"end of day {days}", seconds_of(dated.strict_due), midnight(last + 1)
        yield f"extended day {days}", seconds_of(dated.extended_due), midnight(next_weekday(last) + 1)
    yield "end of date", seconds_of(end_of_date(day).strict_due), midnight(number + 1)
    yield "24 elapsed hours", seconds_of(in_utc(shown) + timedelta(hours=24)), seconds + DAY


def of_staff(pair: Pair, seconds: int) -> Iterator[tuple[str, object, object]]:
    """Yield what the rules of one staffing answer at an instant."""
    rule, hours, instant = pair.rule, pair.hours, at(seconds)
    start = planning_start(rule, instant)
    yield "planning_start", (seconds_of(start.starts_at), start.at_once), (hours.next(seconds), hours.there(seconds))
    yield "planning_start again", planning_start(rule, start.starts_at).starts_at, start.starts_at
    yield "is_staffed", is_staffed(rule, instant), hours.there(seconds)
    yield "next_staffed", seconds_of(next_staffed(rule, instant)), hours.next(seconds)
    last = last_staffed(rule, instant)
    yield "last_staffed", seconds_of(last), hours.last(seconds)
    yield "last_staffed again", last_staffed(rule, last), last
    midnight_after = midnight(on_the_wall(seconds)[0] + 1)
    yield "practical_due", seconds_of(practical_due(rule, at(midnight_after))), hours.last(midnight_after)
    for length in (HOUR, 4 * HOUR, 20 * HOUR):
        staffed = timedelta(seconds=length)
        yield f"add {length}", seconds_of(add_staffed(rule, instant, staffed=staffed)), hours.later(seconds, length)
        before = seconds_of(subtract_staffed(rule, instant, staffed=staffed))
        yield f"subtract {length}", before, hours.earlier(seconds, length)
    between = staffed_between(rule, instant, at(seconds + 3 * DAY)).total_seconds()
    yield "staffed_between", between, hours.total(seconds + 3 * DAY) - hours.total(seconds)


def gap_of(year: int) -> Iterator[tuple[str, object, object]]:
    """Yield what is said of the hour that never comes, by the quarter of an hour and the second before its end."""
    change, _ = summer_of(year)
    number, day = change // DAY, day_at(change // DAY)
    for clock in (2 * HOUR, 2 * HOUR + 900, 2 * HOUR + 1800, 2 * HOUR + 2700, 3 * HOUR - 1):
        yield "read_local in the gap", read_local(datetime.combine(day, _clock(clock))).instant, None
        yield "at_local in the gap", seconds_of(at_local(day, _clock(clock))), first_at(number, clock)


MONOTONE: Mapping[str, Callable[[Pair, datetime], datetime]] = {
    "planning_start": lambda pair, instant: planning_start(pair.rule, instant).starts_at,
    "last_staffed": lambda pair, instant: last_staffed(pair.rule, instant),
    "add 4 hours": lambda pair, instant: add_staffed(pair.rule, instant, staffed=timedelta(hours=4)),
    "end of day 3": lambda _pair, instant: within_days(instant, 3).strict_due,
    "extended day 3": lambda _pair, instant: within_days(instant, 3).extended_due,
}
"""What never comes earlier for a later instant."""


def _clock(seconds: int) -> time:
    return time(seconds % DAY // HOUR, seconds % HOUR // 60, seconds % 60)
