"""Instants come back as they were on both databases, also the two 02:30 of the autumn night; naive ones are refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from calendars.timezone import at_local, local
from hemgang.store.database import Database
from hemgang.store.tables import DischargeRow, UtcDateTime
from tests.store.rows import wake

FIRST = datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
SECOND = datetime(2023, 10, 29, 1, 30, tzinfo=UTC)

DIALECTS: tuple[Dialect, ...] = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]

AS_GIVEN = (
    FIRST,
    SECOND,
    datetime(2023, 10, 29, 2, 30, tzinfo=ZoneInfo("Europe/Stockholm"), fold=1),
    datetime(2023, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-11))),
    at_local(FIRST.date(), FIRST.time()),
    datetime(2000, 1, 1, tzinfo=UTC),
    datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)


@pytest.mark.parametrize("given", AS_GIVEN)
def test_an_instant_comes_back_in_utc(database: Database, given: datetime) -> None:
    wake(database, ["e1"], at=given)
    with database.reading() as session:
        row = session.get(DischargeRow, "e1")
        assert row is not None
        assert row.next_wake == given.astimezone(UTC)
        assert row.next_wake.tzinfo is UTC


def test_both_half_past_two_of_the_autumn_night_stay_apart_and_in_order(database: Database) -> None:
    assert [local(each).strftime("%H:%M") for each in (FIRST, SECOND)] == ["02:30", "02:30"]
    wake(database, ["second"], at=SECOND)
    wake(database, ["first"], at=FIRST)
    with database.reading() as session:
        found = session.execute(text("SELECT episode FROM discharge ORDER BY next_wake")).scalars().all()
    assert found == ["first", "second"]


def test_a_time_without_offset_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without an offset"):
        wake(database, ["e1"], at=datetime(2023, 3, 1, 12))  # noqa: DTZ001  that is what is refused
    with database.reading() as session:
        assert session.get(DischargeRow, "e1") is None


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_any_instant_survives_both_dialects(naive: datetime, minutes: int) -> None:
    instant = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    for dialect in DIALECTS:
        stored = UtcDateTime().process_bind_param(instant, dialect)
        back = UtcDateTime().process_result_value(stored, dialect)
        assert back == instant
        assert back is not None
        assert back.utcoffset() == timedelta(0)
