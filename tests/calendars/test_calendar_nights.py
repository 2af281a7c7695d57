"""Staffing by brute force: every quarter of an hour around the changes of the clock, every hour of ten years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars import (
    ALWAYS,
    STANDARD,
    StaffedDay,
    StaffingRule,
    is_staffed,
    is_working_day,
    last_staffed,
    long_holiday_of,
    next_staffed,
    staffed_between,
)

QUARTER = timedelta(minutes=15)
SUNDAYS_OF_THE_CLOCK = [
    date(year, month, day)
    for year, march, october in [
        (2000, 26, 29),
        (2018, 25, 28),
        (2024, 31, 27),  # Easter Sunday, the third day of its run
        (2026, 29, 25),
        (2037, 29, 25),
        (2038, 28, 31),  # past the table of the tz database
        (2099, 29, 25),
        (2100, 28, 31),
    ]
    for month, day in [(3, march), (10, october)]
]


def night_rule(sunday: date) -> StaffingRule:
    """Staffed on that Sunday over the change of the clock, and on working days as usual."""
    return StaffingRule(time(8), time(17), third_day=True, added=(StaffedDay(sunday, time(1), time(3, 45)),))


def staffed_by_the_clock(rule: StaffingRule, instant: datetime, zone: ZoneInfo) -> bool:
    """What the wall clock and the calendar say, without any table."""
    here = instant.astimezone(zone)
    hours = {added.day: (added.opens, added.closes) for added in rule.added}.get(here.date())
    if hours is None:
        run = long_holiday_of(here.date())
        third = run is not None and run.third_day == here.date()
        if not (rule.around_the_clock or is_working_day(here.date()) or (rule.third_day and third)):
            return False
        hours = (rule.opens, rule.closes)
    return rule.around_the_clock or hours[0] <= here.time() < hours[1]


def compare_with_the_clock(rule: StaffingRule, start: datetime, end: datetime, step: timedelta) -> None:
    """Walk backwards from an end, carrying the next staffed instant and the staffed time until the end."""
    zone = ZoneInfo("Europe/Stockholm")
    after, total = next_staffed(rule, end), timedelta(0)
    instant = end
    while instant > start:
        instant -= step
        if staffed_by_the_clock(rule, instant, zone):
            after, total = instant, total + step  # type: ignore[assignment]
            assert is_staffed(rule, instant), instant
            assert last_staffed(rule, instant + step) == instant + step
        else:
            assert not is_staffed(rule, instant), instant
            assert last_staffed(rule, instant + step) < instant + step
        assert next_staffed(rule, instant) == after, instant
    assert staffed_between(rule, start, end) == total


@pytest.mark.parametrize("sunday", SUNDAYS_OF_THE_CLOCK, ids=str)
def test_every_quarter_around_a_change_of_the_clock(sunday: date) -> None:
    start = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(days=3)
    for rule in (STANDARD, ALWAYS, night_rule(sunday)):
        compare_with_the_clock(rule, start, start + timedelta(days=6), QUARTER)


@pytest.mark.parametrize(("sunday", "hours"), [(date(2026, 3, 29), 1.75), (date(2026, 10, 25), 3.75)], ids=str)
def test_a_window_over_the_change_has_the_hours_that_pass(sunday: date, hours: float) -> None:
    noon = datetime(sunday.year, sunday.month, sunday.day, 12, tzinfo=UTC)
    assert staffed_between(night_rule(sunday), noon - timedelta(hours=24), noon) == timedelta(hours=hours)


def test_hours_that_the_clock_jumps_over_leave_no_window() -> None:
    sunday = date(2026, 3, 29)
    rule = StaffingRule(time(8), time(17), True, added=(StaffedDay(sunday, time(2), time(3)),))
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert staffed_between(rule, noon - timedelta(hours=24), noon) == timedelta(0)
    assert next_staffed(rule, noon - timedelta(hours=12)) == datetime(2026, 3, 30, 6, tzinfo=UTC)


@pytest.mark.parametrize("year", range(2018, 2028))
def test_every_hour_of_ten_years(year: int) -> None:
    compare_with_the_clock(
        STANDARD, datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), timedelta(hours=1)
    )
