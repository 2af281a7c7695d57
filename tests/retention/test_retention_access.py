"""The access log after its oldest rows went: verified from an anchor, five years at least, never without a last row."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from hemgang.retention.policy import DataKind
from hemgang.services.installation import ReferenceData
from hemgang.store import access_log
from hemgang.store.database import Database
from hemgang.store.installation import database_now
from tests.retention import world
from tests.retention.world import LONG_AGO, applied, goes, kept_for, planned, rule, stays_because
from tests.services.stays import stay
from tests.services.walking import take
from tests.store.access_rows import behind_its_back, break_of

LOG = kept_for(rule(DataKind.ACCESS_LOG, years=5))


@pytest.fixture
def read(database: Database) -> Database:
    """Return a log of nine readings long ago and one of today, in a region with a rule."""
    take(database, *stay("e1"), now=datetime(2023, 4, 10, tzinfo=UTC))
    with database.reading() as session:
        today = database_now(session)
    for number in range(10):
        with database.writing() as session:
            reader = access_log.Reader("anna", "ward-1", "care planning")
            at = today if number == 9 else LONG_AGO + timedelta(days=number)
            access_log.record(session, reader, action="show", episode=f"e{number}", at=at)
    return database


def test_the_oldest_rows_go_and_the_chain_is_verified_from_its_anchor(read: Database, rules: ReferenceData) -> None:
    hashes = world.rows(read, "SELECT hash FROM access WHERE seq = 9")
    assert goes(planned(read, rules, LOG)) == {("23", "access_log"): 9}
    done = applied(read, rules, LOG)
    assert done.anchor is not None
    assert (done.anchor.seq, done.anchor.hash) == (9, hashes[0][0])
    assert break_of(read) is None
    assert world.rows(read, "SELECT seq FROM access") == [(10,)]
    with read.writing() as session:
        access_log.record(session, access_log.Reader("bo", "u", "w"), action="show", episode="e1", at=LONG_AGO)
    assert break_of(read) is None
    assert goes(planned(read, rules, LOG)) == {}


def test_the_log_loses_rows_again_and_again(read: Database, rules: ReferenceData) -> None:
    for upto in (2, 5):
        with read.writing() as session:
            access_log.drop_oldest(session, upto=upto, floor=LONG_AGO + timedelta(days=30), at=world.NOW, by="Anna")
        assert break_of(read) is None
    applied(read, rules, LOG)
    assert break_of(read) is None
    assert world.rows(read, "SELECT seq FROM access_anchor ORDER BY seq") == [(2,), (5,), (9,)]


@pytest.mark.parametrize(
    ("forgery", "found_at"),
    [
        ("UPDATE access_anchor SET hash = previous", 5),
        ("UPDATE access_anchor SET by = 'nobody'", 5),
        ("DELETE FROM access_anchor", 1),
        ("DELETE FROM access WHERE seq = 6", 6),
        ("UPDATE access SET who = 'nobody' WHERE seq = 8", 8),
    ],
)
def test_a_forged_anchor_or_row_shows(read: Database, forgery: str, found_at: int) -> None:
    with read.writing() as session:
        access_log.drop_oldest(session, upto=5, floor=LONG_AGO + timedelta(days=30), at=world.NOW, by="Anna")
    on = "" if read.is_sqlite else " ON access_anchor"
    world.execute(read, f"DROP TRIGGER access_anchor_no_UPDATE{on}", f"DROP TRIGGER access_anchor_no_DELETE{on}")
    behind_its_back(read, forgery.replace("SET by", 'SET "by"'))
    assert break_of(read) == found_at


def test_a_log_that_is_old_to_its_end_keeps_its_last_row(database: Database, rules: ReferenceData) -> None:
    for _ in range(4):
        with database.writing() as session:
            access_log.record(session, access_log.Reader("bo", "u", "w"), action="show", episode="e1", at=LONG_AGO)
    found = planned(database, rules, LOG)
    assert goes(found) == {("23", "access_log"): 3}
    assert stays_because(found) == {("access_log", "last_row"): 1}
    with pytest.raises(DBAPIError, match="access is append-only"), database.writing() as session:
        access_log.drop_oldest(session, upto=4, floor=world.NOW, at=world.NOW, by="Anna")
    applied(database, rules, LOG)
    assert break_of(database) is None


def test_the_database_keeps_the_last_row_and_five_years_by_its_own_clock(read: Database, rules: ReferenceData) -> None:
    with read.writing() as session:
        access_log.record(session, access_log.Reader("bo", "u", "w"), action="show", episode="e1", at=world.NOW)
    in_2050 = datetime(2050, 1, 1, tzinfo=UTC)
    for upto in (10, 11):
        with pytest.raises(DBAPIError, match="access is append-only"), read.writing() as session:
            access_log.drop_oldest(session, upto=upto, floor=in_2050, at=in_2050, by="Anna")
    assert break_of(read) is None
    assert goes(planned(read, rules, LOG, now=in_2050)) == {("23", "access_log"): 9}
    applied(read, rules, LOG, now=in_2050)
    assert world.counts(read, "access") == {"access": 2}
