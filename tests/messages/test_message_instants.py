"""Instants as messages write them: offsets as they are, Stockholm without one (specification 1.2)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.findings import Code
from hemgang.messages.schema import read_instant

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("text", "in_utc", "remark"),
    [
        ("2018-03-29T18:05:00+02:00", "2018-03-29T16:05", None),
        ("2018-03-29T18:05+02:00", "2018-03-29T16:05", None),
        ("2018-03-29T18:05:00Z", "2018-03-29T18:05", None),
        ("2018-03-29T18:05:00-0330", "2018-03-29T21:35", None),
        ("2018-03-29T18:05+02", "2018-03-29T16:05", None),
        ("20180329T180500Z", "2018-03-29T18:05", None),
        ("20180329T1805", "2018-03-29T16:05", None),
        ("2018-03-29 18:05", "2018-03-29T16:05", None),  # summer time
        ("2018-01-29T18:05", "2018-01-29T17:05", None),  # winter time
        ("2018-01-29T18:05:07.25", "2018-01-29T17:05:07.250", None),
        ("2018-01-29T18:05:07,1234567", "2018-01-29T17:05:07.123456", None),
        ("2018-10-28T01:59:59", "2018-10-27T23:59:59", None),
        ("2018-10-28T02:00", "2018-10-28T00:00", Code.AMBIGUOUS_TIME),  # the first of the two
        ("2018-10-28T02:59:59.5", "2018-10-28T00:59:59.500", Code.AMBIGUOUS_TIME),
        ("2018-10-28T02:30+01:00", "2018-10-28T01:30", None),  # the second, with offset
        ("2018-10-28T03:00", "2018-10-28T02:00", None),
        ("2018-03-25T01:59:59", "2018-03-25T00:59:59", None),
        ("2018-03-25T03:00", "2018-03-25T01:00", None),
        ("2018-03-25T02:30Z", "2018-03-25T02:30", None),  # the hour lacks in Stockholm, not in UTC
        ("2000-01-01T00:00", "1999-12-31T23:00", None),
        ("1999-12-31T23:00Z", "1999-12-31T23:00", None),
        ("2100-12-31T23:59:59", "2100-12-31T22:59:59", None),
        ("2101-01-01T00:30+02:00", "2100-12-31T22:30", None),
    ],
)
def test_taken(text: str, in_utc: str, remark: Code | None) -> None:
    assert read_instant(text) == (datetime.fromisoformat(in_utc).replace(tzinfo=UTC), remark)


@pytest.mark.parametrize("text", ["2018-03-25T02:00", "2018-03-25T02:30", "2018-03-25 02:59:59.9", "20180325T0200"])
def test_in_the_hour_that_does_not_exist(text: str) -> None:
    assert read_instant(text) is Code.NONEXISTENT_TIME


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2018-03-29",  # a date is no instant
        "18:05",
        "2018-03-29T18",
        "2018-3-29T18:05",
        "2018-03-29T18:5",
        "2018-03-29T18:05:00 +02:00",
        " 2018-03-29T18:05",
        "2018-03-29T18:05\n",
        "2018-03-29t18:05z",
        "2018-03-29T18:05:00.",
        "2018-03-29T1805",
        "20180329T18:05",
        "2018-W13-4T18:05",
        "2018-088T18:05",
        "2018-02-30T18:05",
        "2018-13-01T18:05",
        "2018-03-29T24:00",
        "2018-03-29T18:60",
        "2018-03-29T18:05:60",
        "2018-03-29T18:05+24:00",
        "2018-03-29T18:05+02:60",
        "2018-03-29T18:05+02:00:30",
        "2018-03-29T18:05[Europe/Stockholm]",
        "1522346700",
        "29/03/2018 18:05",
        "1999-12-31T23:59",  # before the window
        "1999-12-31T22:59:59Z",
        "2101-01-01T00:00",  # after it
        "2100-12-31T23:00Z",
        "0001-01-01T00:00+14:00",  # before year 1 in UTC
        "9999-12-31T23:59-14:00",
        "\uff12\uff10\uff11\uff18-03-29T18:05",
        "now",
    ],
)
def test_not_taken(text: str) -> None:
    assert read_instant(text) is Code.INVALID_FIELD


IN_WINDOW = st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 12, 30))  # noqa: DTZ001


@given(IN_WINDOW, st.integers(-14 * 60, 14 * 60))
def test_what_is_written_with_an_offset_is_read_back(clock: datetime, minutes: int) -> None:
    ahead = timedelta(minutes=minutes)
    text = f"{clock.isoformat()}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    assert read_instant(text) == ((clock - ahead).replace(tzinfo=UTC), None)


def test_every_half_hour_of_the_nights_on_which_the_clock_changes() -> None:
    """By the standard library a reading exists if it comes back, and is the earlier of its two folds."""
    for year in range(2000, 2038):
        for month in (3, 10):
            clock = datetime(year, month, 24)  # noqa: DTZ001
            while clock.month == month:
                first = clock.replace(tzinfo=STOCKHOLM).astimezone(UTC)
                second = clock.replace(tzinfo=STOCKHOLM, fold=1).astimezone(UTC)
                exists = first.astimezone(STOCKHOLM).replace(tzinfo=None, fold=0) == clock
                remark = Code.AMBIGUOUS_TIME if first != second else None
                expected = (first, remark) if exists else Code.NONEXISTENT_TIME
                assert read_instant(clock.isoformat()) == expected
                clock += timedelta(minutes=30)


@given(st.text(alphabet="0123456789-:T+Z., ", max_size=40))
def test_any_text_has_an_answer(text: str) -> None:
    read = read_instant(text)
    assert isinstance(read, Code) or read[0].tzinfo is UTC
