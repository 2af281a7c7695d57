"""The access log: every reading is a link of one chain, and a forged, removed or inserted link shows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from hemgang.store import access_log
from hemgang.store.database import Database
from tests.store.access_rows import behind_its_back, break_of
from tests.store.rows import NOON

ANNA = access_log.Reader("anna", "ward-1", "care planning")


def read(database: Database, episode: str, reader: access_log.Reader = ANNA) -> None:
    with database.writing() as session:
        access_log.record(session, reader, action="show", episode=episode, at=NOON)


def test_a_chain_is_whole(database: Database) -> None:
    assert break_of(database) is None
    for episode in ("e1", "e2", "e1"):
        read(database, episode)
    assert break_of(database) is None


@pytest.mark.parametrize(
    ("forgery", "found_at"),
    [
        ("UPDATE access SET who = 'nobody' WHERE seq = 2", 2),
        ("UPDATE access SET why = '' WHERE seq = 1", 1),
        ("UPDATE access SET episode = 'e9' WHERE seq = 4", 4),
        ("DELETE FROM access WHERE seq = 2", 2),
        ("DELETE FROM access WHERE seq = 1", 1),
        ("UPDATE access SET previous = hash WHERE seq = 3", 3),
        ("UPDATE access SET hash = previous WHERE seq = 3", 3),
    ],
)
def test_a_forged_row_breaks_the_chain(database: Database, forgery: str, found_at: int) -> None:
    for number in range(4):
        read(database, f"e{number}")
    behind_its_back(database, forgery)
    assert break_of(database) == found_at


def test_readers_at_once_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(8) as readers:
        list(readers.map(lambda number: read(database, f"e{number}"), range(40)))
    assert break_of(database) is None
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM access")).scalar() == 40


def test_parts_of_a_row_cannot_be_moved_into_each_other(database: Database) -> None:
    read(database, "e1", access_log.Reader("a\x1fb", "c", "d"))
    behind_its_back(
        database,
        "UPDATE access SET who = 'a', unit = 'b' || char(31) || 'c'"
        if database.is_sqlite
        else "UPDATE access SET who = 'a', unit = 'b' || chr(31) || 'c'",
    )
    assert break_of(database) == 1
