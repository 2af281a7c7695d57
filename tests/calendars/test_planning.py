"""When planning starts: the table of specification 2.3 and the days around it."""

from datetime import UTC, date, datetime, time

import pytest

from calendars import ALWAYS, STANDARD, StaffedDay, StaffingRule, at_local, local, planning_start


def at(text: str) -> datetime:
    day, clock = text.split()
    return at_local(date.fromisoformat(day), time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("notice", "starts", "why"),
    [
        # The five rows of specification 2.3.
        ("2018-03-28 10:15", "at once", "Wednesday"),
        ("2018-03-28 17:00", "2018-03-29 08:00", "17:00:00 is outside"),
        ("2018-03-29 18:05", "2018-04-01 08:00", "the third day"),
        ("2018-04-01 17:30", "2018-04-03 08:00", "after the third day nobody until Tuesday"),
        ("2018-06-15 17:01", "2018-06-18 08:00", "a plain weekend"),
        # Around them.
        ("2018-03-28 08:00", "at once", "08:00:00 is inside"),
        ("2018-03-28 07:59:59", "2018-03-28 08:00", "before the opening of the same day"),
        ("2018-03-28 16:59:59", "at once", "the last second"),
        ("2018-03-30 10:00", "2018-04-01 08:00", "long Friday itself"),
        ("2018-04-01 08:00", "at once", "inside the window of the third day"),
        ("2018-04-01 07:00", "2018-04-01 08:00", "before it"),
        ("2018-04-02 12:00", "2018-04-03 08:00", "the fourth day"),
        ("2018-06-16 12:00", "2018-06-18 08:00", "a plain Saturday has no third day"),
        ("2018-05-09 18:00", "2018-05-11 08:00", "Kristi himmelsfärdsdag alone; the squeeze day is staffed"),
        ("2018-12-21 17:00", "2018-12-24 08:00", "five days: julafton is the third"),
        ("2018-12-24 17:00", "2018-12-27 08:00", "and the only one"),
        ("2018-12-28 17:00", "2018-12-31 08:00", "nyårsafton is the third of four"),
        ("2024-03-28 17:30", "2024-03-31 08:00", "the third day begins summer time"),
        ("2100-12-31 12:00", "2101-01-02 08:00", "the last day of the supported time"),
        ("2000-01-01 00:00", "2000-01-02 08:00", "the first, in a run that began in 1999"),
    ],
)
def test_when_planning_starts(notice: str, starts: str, why: str) -> None:
    start = planning_start(STANDARD, at(notice))
    assert start.at_once is (starts == "at once"), why
    assert start.starts_at == at(notice if starts == "at once" else starts), why


def test_the_days_without_staff_before_the_start_are_skipped() -> None:
    assert planning_start(STANDARD, at("2018-12-24 17:00")).skipped == (
        date(2018, 12, 25),
        date(2018, 12, 26),
    )
    assert planning_start(STANDARD, at("2018-03-28 17:00")).skipped == ()
    assert planning_start(STANDARD, at("2018-03-28 10:15")).skipped == ()


def test_a_rule_of_a_region_has_days_of_its_own() -> None:
    rule = StaffingRule(
        opens=time(8),
        closes=time(17),
        third_day=True,
        added=(StaffedDay(date(2022, 12, 25), time(9), time(13)),),
        removed=(date(2022, 12, 23),),
    )
    start = planning_start(rule, at("2022-12-22 17:30"))
    assert start.starts_at == at("2022-12-25 09:00")
    assert start.skipped == (date(2022, 12, 23), date(2022, 12, 24))
    without = StaffingRule(opens=time(8), closes=time(17), third_day=False)
    assert planning_start(without, at("2018-03-29 18:05")).starts_at == at("2018-04-03 08:00")


def test_around_the_clock_starts_at_once_in_the_hour_that_comes_twice() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    start = planning_start(ALWAYS, local(second))
    assert start.at_once
    assert start.starts_at == second


def test_a_notice_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        planning_start(STANDARD, datetime.fromisoformat("2026-03-02T10:00"))
