"""Staffed hours: windows, the moment before a deadline, and elapsed time inside windows."""

import copy
from datetime import UTC, date, datetime, time, timedelta

import pendulum
import pytest

from calendars import (
    ALWAYS,
    STANDARD,
    StaffedDay,
    StaffingRule,
    add_staffed,
    at_local,
    is_staffed,
    last_staffed,
    local,
    next_staffed,
    staffed_between,
    start_of_day,
    subtract_staffed,
    window_of,
)

NO_THIRD_DAY = StaffingRule(opens=time(8), closes=time(17), third_day=False)
LOCAL_RULE = StaffingRule(
    opens=time(7, 30),
    closes=time(16),
    third_day=True,
    added=(StaffedDay(date(2022, 12, 25), time(9), time(13)), StaffedDay(date(2022, 12, 27), time(10), time(14))),
    removed=(date(2022, 12, 26), date(2022, 12, 27), date(2022, 12, 28)),
)


def at(text: str) -> datetime:
    day, clock = text.split()
    return at_local(date.fromisoformat(day), time.fromisoformat(clock))


def shown(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M}"


def hours_of(rule: StaffingRule, day: str) -> str | None:
    window = window_of(rule, date.fromisoformat(day))
    return None if window is None else f"{local(window.opens):%H:%M}–{local(window.closes):%H:%M}"


@pytest.mark.parametrize(
    ("rule", "day", "hours", "why"),
    [
        (STANDARD, "2018-03-29", "08:00–17:00", "skärtorsdagen is a working day"),
        (STANDARD, "2018-03-30", None, "the first day of a long holiday"),
        (STANDARD, "2018-03-31", None, "the second"),
        (STANDARD, "2018-04-01", "08:00–17:00", "the third"),
        (STANDARD, "2018-04-02", None, "the fourth is not staffed"),
        (STANDARD, "2018-12-24", "08:00–17:00", "the third of five"),
        (STANDARD, "2018-12-25", None, "the fourth of five"),
        (STANDARD, "2018-12-26", None, "the fifth of five"),
        (STANDARD, "2018-06-16", None, "a plain Saturday"),
        (STANDARD, "2018-06-17", None, "a plain Sunday"),
        (NO_THIRD_DAY, "2018-04-01", None, "the rule knows no third day"),
        (NO_THIRD_DAY, "2018-04-03", "08:00–17:00", "a working day"),
        (LOCAL_RULE, "2022-12-23", "07:30–16:00", "a working day with the rule's own hours"),
        (LOCAL_RULE, "2022-12-24", None, "julafton"),
        (LOCAL_RULE, "2022-12-25", "09:00–13:00", "the second day, added with its own hours"),
        (LOCAL_RULE, "2022-12-26", None, "the third day, removed"),
        (LOCAL_RULE, "2022-12-27", "10:00–14:00", "removed and added: added wins"),
        (LOCAL_RULE, "2022-12-28", None, "a Wednesday, removed"),
        (ALWAYS, "2018-12-25", "00:00–00:00", "the whole day"),
    ],
)
def test_the_window_of_a_day(rule: StaffingRule, day: str, hours: str | None, why: str) -> None:
    assert hours_of(rule, day) == hours, why


@pytest.mark.parametrize(
    ("instant", "staffed"),
    [
        ("2026-03-02 07:59:59.999999", False),
        ("2026-03-02 08:00", True),
        ("2026-03-02 16:59:59.999999", True),
        ("2026-03-02 17:00", False),
        ("2026-03-07 12:00", False),
        ("2024-03-31 08:00", True),  # Easter Sunday, the third day, the morning after summer time began
        ("2024-03-31 07:59", False),
    ],
)
def test_the_opening_is_inside_and_the_closing_outside(instant: str, staffed: bool) -> None:
    assert is_staffed(STANDARD, at(instant)) is staffed
    assert (next_staffed(STANDARD, at(instant)) == at(instant)) is staffed


@pytest.mark.parametrize(
    ("rule", "before", "last", "why"),
    [
        (STANDARD, "2026-03-09 00:00", "2026-03-06 17:00", "Sunday midnight is Friday 17:00 (specification 2.4)"),
        (STANDARD, "2018-04-02 00:00", "2018-04-01 17:00", "Easter Sunday is staffed, the third day"),
        (NO_THIRD_DAY, "2018-04-02 00:00", "2018-03-29 17:00", "for a unit without third days it is not"),
        (STANDARD, "2026-03-06 00:00", "2026-03-05 17:00", "the end of a working day"),
        (STANDARD, "2026-03-05 12:00", "2026-03-05 12:00", "inside a window"),
        (STANDARD, "2026-03-05 17:00", "2026-03-05 17:00", "at its closing"),
        (STANDARD, "2026-03-05 17:01", "2026-03-05 17:00", "after its closing"),
        (STANDARD, "2026-03-05 08:00", "2026-03-04 17:00", "at the opening nobody has been there yet"),
        (STANDARD, "2026-03-05 08:01", "2026-03-05 08:01", "a minute later somebody has"),
        (ALWAYS, "2026-03-09 00:00", "2026-03-09 00:00", "around the clock: the strict deadline itself"),
        (ALWAYS, "2026-03-29 03:00", "2026-03-29 03:00", "also at the change of the clock"),
    ],
)
def test_the_last_staffed_moment_before_a_deadline(rule: StaffingRule, before: str, last: str, why: str) -> None:
    assert last_staffed(rule, at(before)) == at(last), why


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-05 13:00", 4, "2026-03-05 17:00"),  # not Friday 08:00
        ("2026-03-05 13:00", 4.5, "2026-03-06 08:30"),
        ("2026-03-05 13:00", 0, "2026-03-05 13:00"),
        ("2026-03-07 12:00", 0, "2026-03-07 12:00"),  # no time passes at once, on a Saturday too
        ("2026-03-07 12:00", 1, "2026-03-09 09:00"),
        ("2026-03-06 17:00", 1, "2026-03-09 09:00"),
        ("2018-03-29 16:00", 10, "2018-04-01 17:00"),  # an hour on Thursday, nine on the third day
        ("2018-03-29 16:00", 10.5, "2018-04-03 08:30"),
        ("2026-03-02 08:00", 45, "2026-03-06 17:00"),  # a working week
    ],
)
def test_adding_staffed_hours(start: str, hours: float, end: str) -> None:
    assert shown(add_staffed(STANDARD, at(start), staffed=timedelta(hours=hours))) == end


@pytest.mark.parametrize(
    ("end", "hours", "start"),
    [
        ("2018-04-01 12:00", 4, "2018-04-01 08:00"),  # not Thursday 17:00
        ("2018-04-01 12:00", 4.5, "2018-03-29 16:30"),
        ("2026-03-07 12:00", 0, "2026-03-07 12:00"),
        ("2026-03-07 12:00", 4, "2026-03-06 13:00"),
        ("2026-03-09 08:00", 4, "2026-03-06 13:00"),
        ("2026-03-06 17:00", 9, "2026-03-06 08:00"),
        ("2026-03-06 17:00", 45, "2026-03-02 08:00"),
    ],
)
def test_subtracting_staffed_hours(end: str, hours: float, start: str) -> None:
    assert shown(subtract_staffed(STANDARD, at(end), staffed=timedelta(hours=hours))) == start


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02 00:00", "2026-03-09 00:00", 45),
        ("2026-03-06 16:00", "2026-03-09 09:00", 2),
        ("2026-03-06 17:00", "2026-03-09 08:00", 0),
        ("2026-03-06 09:00", "2026-03-06 10:30", 1.5),
        ("2018-03-30 00:00", "2018-04-03 00:00", 9),  # Easter: the third day only
        ("2026-03-05 12:00", "2026-03-05 12:00", 0),
    ],
)
def test_staffed_time_between_two_instants(start: str, end: str, hours: float) -> None:
    assert staffed_between(STANDARD, at(start), at(end)) == timedelta(hours=hours)


def test_around_the_clock_staffed_time_is_elapsed_time() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)):
        begins, ends = start_of_day(date.fromisoformat(day)), start_of_day(date.fromisoformat(day) + timedelta(days=1))
        assert staffed_between(ALWAYS, begins, ends) == timedelta(hours=hours)
        assert add_staffed(ALWAYS, begins, staffed=timedelta(hours=hours)) == ends
        assert subtract_staffed(ALWAYS, ends, staffed=timedelta(hours=hours)) == begins


def test_hours_until_midnight_end_with_the_day() -> None:
    evening = StaffingRule(opens=time(16), closes=time(0), third_day=False)
    window = window_of(evening, date(2026, 3, 2))
    assert window is not None
    assert (window.opens, window.closes) == (at("2026-03-02 16:00"), start_of_day(date(2026, 3, 3)))


def test_a_day_taken_out_of_the_clock_is_not_staffed() -> None:
    closed = StaffingRule(time(0), time(0), True, removed=(date(2026, 3, 3),), around_the_clock=True)
    assert window_of(closed, date(2026, 3, 3)) is None
    assert next_staffed(closed, at("2026-03-03 10:00")) == start_of_day(date(2026, 3, 4))


def test_results_are_instants_in_utc_of_pendulum() -> None:
    plain = datetime(2026, 3, 5, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    for result in (
        next_staffed(STANDARD, plain),
        last_staffed(STANDARD, plain),
        add_staffed(STANDARD, plain, staffed=hour),
        subtract_staffed(STANDARD, local(plain), staffed=hour),
        add_staffed(STANDARD, pendulum.instance(plain), staffed=pendulum.duration(hours=1)),
    ):
        assert type(result) is pendulum.DateTime
        assert result.utcoffset() == timedelta(0)
    assert type(staffed_between(STANDARD, pendulum.instance(plain), local(plain))) is timedelta


def test_equal_rules_and_copies_are_one_rule() -> None:
    same = StaffingRule(opens=time(8), closes=time(17), third_day=True)
    assert is_staffed(same, at("2026-03-02 08:00"))
    assert same == STANDARD
    assert hash(same) == hash(STANDARD)
    assert copy.deepcopy(STANDARD) == STANDARD
    assert window_of(copy.copy(STANDARD), date(2026, 3, 2)) == window_of(same, date(2026, 3, 2))


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        (time(17), time(8), "empty or turned round"),
        (time(8), time(8), "empty or turned round"),
        (time(8, tzinfo=UTC), time(17, tzinfo=UTC), "carry a time zone"),
    ],
)
def test_hours_that_cannot_be_are_refused(opens: time, closes: time, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        StaffingRule(opens=opens, closes=closes, third_day=True)
    with pytest.raises(ValueError, match=words):
        StaffedDay(date(2026, 3, 2), opens, closes)


def test_what_cannot_be_computed_is_refused() -> None:
    day = StaffedDay(date(2026, 3, 7), time(8), time(12))
    with pytest.raises(ValueError, match="added twice"):
        StaffingRule(time(8), time(17), True, added=(day, day))
    with pytest.raises(TypeError, match="local_date first"):
        StaffingRule(time(8), time(17), True, removed=(datetime(2026, 3, 7, tzinfo=UTC),))
    with pytest.raises(TypeError, match="local_date first"):
        window_of(STANDARD, datetime(2026, 3, 7, tzinfo=UTC))
    for step in (add_staffed, subtract_staffed):
        with pytest.raises(ValueError, match="negative"):
            step(STANDARD, at("2026-03-05 12:00"), staffed=timedelta(seconds=-1))
    with pytest.raises(ValueError, match="comes before the start"):
        staffed_between(STANDARD, at("2026-03-05 12:00"), at("2026-03-05 11:59"))
    with pytest.raises(ValueError, match="no time zone"):
        next_staffed(STANDARD, datetime.fromisoformat("2026-03-05T12:00"))
    with pytest.raises(ValueError, match="known for 1990 to 2199"):
        next_staffed(STANDARD, datetime(1980, 1, 1, tzinfo=UTC))
