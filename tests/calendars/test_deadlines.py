"""Deadlines on dates: the tables of specification 2.4 and of the law notes, section 2."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from calendars import ALWAYS, STANDARD, at_local, end_of_date, practical_due, start_of_day, within_days


def at(text: str) -> datetime:
    day, clock = text.split()
    return at_local(date.fromisoformat(day), time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("sent", "last_day", "extended", "why"),
    [
        # Specification 2.4.
        ("2026-03-02 10:00", "2026-03-05", "2026-03-05", "Monday and three days are Thursday"),
        ("2026-03-04 09:00", "2026-03-07", "2026-03-09", "Wednesday and three days are Saturday"),
        # Law notes, section 2: noon moves the liability, never the call.
        ("2026-03-02 12:00", "2026-03-05", "2026-03-05", "at noon"),
        ("2026-03-02 12:00:01", "2026-03-05", "2026-03-05", "after noon"),
        # Around them.
        ("2026-03-02 00:00", "2026-03-05", "2026-03-05", "the first instant of day 0"),
        ("2026-03-02 23:59:59", "2026-03-05", "2026-03-05", "the last second of day 0"),
        ("2026-03-05 09:00", "2026-03-08", "2026-03-09", "a Sunday"),
        ("2026-03-06 09:00", "2026-03-09", "2026-03-09", "over a weekend, not on it"),
        ("2018-03-27 09:00", "2018-03-30", "2018-04-03", "långfredagen; the staffed third day is no weekday"),
        ("2026-06-16 09:00", "2026-06-19", "2026-06-22", "midsommarafton counts as a holiday here"),
        ("2026-12-21 09:00", "2026-12-24", "2026-12-28", "julafton"),
        ("2026-12-28 09:00", "2026-12-31", "2027-01-04", "nyårsafton"),
        ("2026-05-12 09:00", "2026-05-15", "2026-05-15", "a squeeze day is a weekday"),
        ("2026-03-27 14:00", "2026-03-30", "2026-03-30", "over the night the clock goes forward"),
        ("2101-01-03 09:00", "2101-01-06", "2101-01-07", "trettondedag jul of the year after the last"),
    ],
)
def test_three_days_from_a_message(sent: str, last_day: str, extended: str, why: str) -> None:
    deadline = within_days(at(sent), 3)
    assert str(deadline.day0) == sent[:10], why
    assert (str(deadline.last_day), str(deadline.extended_day)) == (last_day, extended), why
    assert deadline.strict_due == start_of_day(deadline.last_day + timedelta(days=1))
    assert deadline.extended_due == start_of_day(deadline.extended_day + timedelta(days=1))


def test_day_0_is_the_local_date_of_the_message() -> None:
    """23:30 UTC is the next day in Stockholm."""
    assert within_days(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), 3).last_day == date(2026, 3, 5)
    assert within_days(datetime(2026, 3, 1, 22, 30, tzinfo=UTC), 3).last_day == date(2026, 3, 4)


def test_a_deadline_of_days_is_no_number_of_hours() -> None:
    """Days end at local midnight, on either side of the change of the clock."""
    deadline = within_days(start_of_day(date(2026, 3, 27)), 2)
    assert deadline.strict_due.isoformat() == "2026-03-29T22:00:00+00:00"
    autumn = within_days(start_of_day(date(2026, 10, 23)), 2)
    assert autumn.strict_due.isoformat() == "2026-10-25T23:00:00+00:00"


def test_the_end_of_a_date() -> None:
    deadline = end_of_date(date(2026, 3, 6))
    assert deadline.day0 == deadline.last_day == deadline.extended_day == date(2026, 3, 6)
    assert deadline.strict_due == deadline.extended_due == at("2026-03-07 00:00")
    assert end_of_date(date(2026, 3, 7)).extended_day == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("strict_day", "practical"),
    [
        (date(2026, 3, 8), "2026-03-06 17:00"),
        (date(2026, 3, 5), "2026-03-05 17:00"),
        (date(2018, 3, 30), "2018-03-29 17:00"),
        (date(2018, 4, 2), "2018-04-01 17:00"),
    ],
)
def test_the_practical_deadline_is_the_last_staffed_moment(strict_day: date, practical: str) -> None:
    strict_due = end_of_date(strict_day).strict_due
    assert practical_due(STANDARD, strict_due) == at(practical)
    assert practical_due(ALWAYS, strict_due) == strict_due


def test_what_is_no_deadline_is_refused() -> None:
    with pytest.raises(ValueError, match="within -1 days"):
        within_days(at("2026-03-02 10:00"), -1)
    with pytest.raises(ValueError, match="no time zone"):
        within_days(datetime.fromisoformat("2026-03-02T10:00"), 3)
    with pytest.raises(TypeError, match="local_date first"):
        end_of_date(datetime(2026, 3, 2, tzinfo=UTC))
