"""Instants and dates on the clock of Stockholm, above all in the two nights in which it is changed."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pendulum
import pytest

from calendars import STOCKHOLM, at_local, in_utc, local, local_date, plain_utc, read_local, start_of_day


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-03-29T00:59:59", "2026-03-29T01:59:59+01:00"),  # the last second of normal time
        ("2026-03-29T01:00:00", "2026-03-29T03:00:00+02:00"),  # 02:00 to 03:00 is never shown
        ("2026-10-25T00:30:00", "2026-10-25T02:30:00+02:00"),  # the first 02:30
        ("2026-10-25T01:30:00", "2026-10-25T02:30:00+01:00"),  # the second 02:30
        ("2026-06-30T22:00:00", "2026-07-01T00:00:00+02:00"),
        ("2100-07-01T12:00:00", "2100-07-01T14:00:00+02:00"),  # past the last line of the tz database's table
        ("2099-12-31T23:30:00", "2100-01-01T00:30:00+01:00"),
    ],
)
def test_an_instant_is_shown_on_the_clock_of_stockholm(instant: str, shown: str) -> None:
    assert local(utc(instant)).isoformat() == shown
    assert local(pendulum.instance(utc(instant))).isoformat() == shown
    assert local_date(utc(instant)).isoformat() == shown[:10]


def test_twenty_four_hours_are_elapsed_hours() -> None:
    """Specification 2.4: 24 hours after 2026-03-28T14:00+01:00 is 2026-03-29T15:00+02:00."""
    sent = datetime.fromisoformat("2026-03-28T14:00+01:00")
    assert local(in_utc(sent) + timedelta(hours=24)).isoformat() == "2026-03-29T15:00:00+02:00"
    assert local(plain_utc(sent) + timedelta(hours=24)).isoformat() == "2026-03-29T15:00:00+02:00"
    assert local(in_utc(sent) + timedelta(hours=24)).isoformat() != "2026-03-29T14:00:00+02:00"


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM, fold=1),
        pendulum.DateTime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM, fold=1),
        datetime(2026, 10, 25, 3, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        pendulum.datetime(2026, 10, 25, 1, 30),
        pendulum.DateTime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ],
)
def test_one_instant_in_any_dress_is_one_instant_in_utc(instant: datetime) -> None:
    assert in_utc(instant).isoformat() == "2026-10-25T01:30:00+00:00"
    assert plain_utc(instant) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert type(plain_utc(instant)) is datetime


def test_the_two_half_past_twos_keep_their_order_in_utc() -> None:
    """On the wall they are equal, which is why results are given in UTC."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM, fold=0)
    second = first.replace(fold=1)
    assert in_utc(second) - in_utc(first) == timedelta(hours=1)
    assert not first < second


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24), ("2100-12-31", 24)],
)
def test_a_day_is_as_long_as_it_is(day: str, hours: int) -> None:
    begins = start_of_day(date.fromisoformat(day))
    ends = start_of_day(date.fromisoformat(day) + timedelta(days=1))
    assert plain_utc(ends) - plain_utc(begins) == timedelta(hours=hours)
    assert begins.isoformat()[:19] == f"{day}T00:00:00"


@pytest.mark.parametrize(
    ("day", "clock", "shown"),
    [
        ("2026-03-29", "01:59", "2026-03-29T01:59:00+01:00"),
        ("2026-03-29", "02:00", "2026-03-29T03:00:00+02:00"),  # none of the hour exists: the jump
        ("2026-03-29", "02:59", "2026-03-29T03:00:00+02:00"),
        ("2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25", "02:30", "2026-10-25T02:30:00+02:00"),  # the first of the two
        ("2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"),
    ],
)
def test_a_clock_time_of_a_day_is_its_first_instant(day: str, clock: str, shown: str) -> None:
    assert at_local(date.fromisoformat(day), time.fromisoformat(clock)).isoformat() == shown


@pytest.mark.parametrize(
    ("naive", "instant", "ambiguous"),
    [
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59+00:00", False),
        ("2026-03-29T02:00:00", None, False),
        ("2026-03-29T02:59:59", None, False),
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00+00:00", False),
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59+00:00", False),
        ("2026-10-25T02:00:00", "2026-10-25T00:00:00+00:00", True),
        ("2026-10-25T02:59:59", "2026-10-25T00:59:59+00:00", True),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00+00:00", False),
    ],
)
def test_a_reading_without_a_zone(naive: str, instant: str | None, ambiguous: bool) -> None:
    for fold in (0, 1):
        reading = read_local(datetime.fromisoformat(naive).replace(fold=fold))
        assert (reading.instant and reading.instant.isoformat()) == instant
        assert reading.ambiguous is ambiguous


def test_what_is_no_instant_and_what_is_no_date_is_refused() -> None:
    naive = datetime.fromisoformat("2026-03-02T10:00")
    for convert in (local, local_date, in_utc, plain_utc):
        with pytest.raises(ValueError, match="no time zone"):
            convert(naive)
    with pytest.raises(ValueError, match="has a time zone"):
        read_local(naive.replace(tzinfo=UTC))
    with pytest.raises(ValueError, match="carries a time zone"):
        at_local(date(2026, 3, 2), time(8, tzinfo=UTC))
    for from_date in (start_of_day, lambda day: at_local(day, time(8))):
        with pytest.raises(TypeError, match="local_date first"):
            from_date(naive.replace(tzinfo=UTC))
