"""What holds of every instant and every staffing rule, tried with Hypothesis."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

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
    next_staffed,
    planning_start,
    read_local,
    staffed_between,
    start_of_day,
    subtract_staffed,
    window_of,
    within_days,
)
from tests.effort import examples

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 12, 31, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

anywhere = st.datetimes(
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC), allow_imaginary=False
)
# Close to the change of the clock, to Easter, to Christmas and to the ends of common windows.
near = st.builds(
    lambda day, clock, seconds: in_utc(at_local(day, clock)) + timedelta(seconds=seconds),
    st.one_of(
        st.dates(date(2024, 3, 26), date(2024, 4, 3)),
        st.dates(date(2026, 10, 22), date(2026, 10, 27)),
        st.dates(date(2018, 12, 18), date(2019, 1, 3)),
    ),
    st.sampled_from([time(0), time(2), time(2, 30), time(3), time(8), time(12), time(17)]),
    st.sampled_from([-3600, -1, 0, 0, 1, 3600]),
)
instants = st.one_of(anywhere, near)
rules = st.sampled_from(
    [
        STANDARD,
        ALWAYS,
        StaffingRule(time(7, 30), time(16), third_day=False),
        StaffingRule(time(16), time(0), third_day=True),
        StaffingRule(
            time(8),
            time(17),
            third_day=True,
            added=(StaffedDay(date(2024, 3, 31), time(1), time(4)), StaffedDay(date(2026, 10, 25), time(2), time(3))),
            removed=(date(2024, 3, 28), date(2018, 12, 24), date(2018, 12, 27)),
        ),
    ]
)
spans = st.integers(1, 60 * 3600).map(lambda seconds: timedelta(seconds=seconds))
common = settings(max_examples=examples(200), deadline=None)


@common
@given(rules, instants, instants)
def test_a_later_notice_never_starts_planning_earlier(rule: StaffingRule, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert planning_start(rule, earlier).starts_at <= planning_start(rule, later).starts_at


@common
@given(rules, instants)
def test_planning_starts_inside_the_first_window_that_is_left(rule: StaffingRule, notice: datetime) -> None:
    start = planning_start(rule, notice)
    assert start.starts_at >= notice
    assert start.at_once is is_staffed(rule, notice)
    assert is_staffed(rule, start.starts_at)
    assert staffed_between(rule, notice, start.starts_at) == timedelta(0)
    again = planning_start(rule, start.starts_at)
    assert again.at_once
    assert again.starts_at == start.starts_at
    window = window_of(rule, local_date(start.starts_at))
    assert window is not None
    assert window.opens <= start.starts_at < window.closes
    assert start.at_once or start.starts_at == window.opens


@common
@given(rules, instants)
def test_planning_does_not_start_on_a_day_it_skips(rule: StaffingRule, notice: datetime) -> None:
    start = planning_start(rule, notice)
    assert all(window_of(rule, day) is None for day in start.skipped)
    assert local_date(start.starts_at) not in start.skipped


@common
@given(rules, instants, spans)
def test_adding_and_subtracting_are_each_others_inverse(
    rule: StaffingRule, start: datetime, staffed: timedelta
) -> None:
    begins = next_staffed(rule, start)
    ends = add_staffed(rule, begins, staffed=staffed)
    assert subtract_staffed(rule, ends, staffed=staffed) == begins
    ends = last_staffed(rule, start)
    begins = subtract_staffed(rule, ends, staffed=staffed)
    assert add_staffed(rule, begins, staffed=staffed) == ends


@common
@given(rules, instants, spans)
def test_the_added_time_is_there_and_not_a_moment_sooner(
    rule: StaffingRule, start: datetime, staffed: timedelta
) -> None:
    ends = add_staffed(rule, start, staffed=staffed)
    assert staffed_between(rule, start, ends) == staffed
    assert staffed_between(rule, start, ends - MICROSECOND) == staffed - MICROSECOND
    begins = subtract_staffed(rule, start, staffed=staffed)
    assert staffed_between(rule, begins, start) == staffed
    assert staffed_between(rule, begins + MICROSECOND, start) == staffed - MICROSECOND


@common
@given(rules, instants, spans, spans)
def test_staffed_time_adds_up(rule: StaffingRule, start: datetime, one: timedelta, other: timedelta) -> None:
    middle, end = start + one, start + one + other
    whole = staffed_between(rule, start, end)
    assert whole == staffed_between(rule, start, middle) + staffed_between(rule, middle, end)
    assert timedelta(0) <= whole <= one + other
    assert staffed_between(ALWAYS, start, end) == one + other


@common
@given(rules, instants)
def test_after_the_last_staffed_moment_nobody_is_there(rule: StaffingRule, before: datetime) -> None:
    last = last_staffed(rule, before)
    assert last <= before
    assert staffed_between(rule, last, before) == timedelta(0)
    assert is_staffed(rule, last - MICROSECOND)


@common
@given(instants, instants, st.integers(0, 60))
def test_a_later_message_never_has_an_earlier_deadline(one: datetime, other: datetime, days: int) -> None:
    first, second = (within_days(sent, days) for sent in sorted((one, other)))
    assert first.strict_due <= second.strict_due
    assert first.extended_due <= second.extended_due


@common
@given(instants, st.integers(0, 60))
def test_a_deadline_counts_dates_and_extends_to_the_next_working_day(sent: datetime, days: int) -> None:
    deadline = within_days(sent, days)
    assert deadline.last_day - deadline.day0 == timedelta(days=days)
    assert deadline.day0 == local_date(sent)
    assert local(deadline.strict_due).time() == time(0)
    assert local_date(deadline.strict_due - MICROSECOND) == deadline.last_day
    assert is_working_day(deadline.extended_day)
    passed = [deadline.last_day + timedelta(days=n) for n in range((deadline.extended_day - deadline.last_day).days)]
    assert not any(map(is_working_day, passed))
    assert end_of_date(deadline.last_day).strict_due == deadline.strict_due


@common
@given(instants)
def test_reading_the_clock_back_gives_the_instant(instant: datetime) -> None:
    here = local(instant)
    assume(here.fold == 0)
    reading = read_local(datetime.combine(here.date(), here.time()))
    assert reading.instant == instant
    assert start_of_day(local_date(instant)) <= instant < start_of_day(local_date(instant) + timedelta(days=1))
