"""A reading session sees one snapshot, whatever others write meanwhile, and a draft is made from one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, inspect, text
from sqlalchemy.exc import InternalError

from hemgang.liability.model import Month
from hemgang.messages.readers import Line
from hemgang.services.closing import draft_month
from hemgang.services.ingest import ingest
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database

NOW = datetime(2023, 4, 10, tzinfo=UTC)


def stray(name: str) -> Line:
    return Line(1, {"id": name, "episode": name, "type": "ready_notice", "at": "2023-03-01T08:00:00+00:00"})


def test_what_another_writes_is_not_seen_before_the_session_ends(database: Database) -> None:
    ingest(database, [stray("m1")], source="test", now=NOW)
    count = text("SELECT count(*) FROM message")
    with database.reading() as session:
        assert session.scalar(count) == 1
        ingest(database, [stray("m2")], source="test", now=NOW)
        assert session.scalar(count) == 1
    with database.reading() as session:
        assert session.scalar(count) == 2


def test_a_connection_that_read_one_snapshot_is_given_back_as_it_was(database: Database) -> None:
    with database.reading() as session:
        session.scalar(text("SELECT 1"))
    ingest(database, [stray("m1")], source="test", now=NOW)
    with database.writing() as session:
        level = session.connection().get_isolation_level()
    assert level == ("SERIALIZABLE" if database.is_sqlite else "READ COMMITTED")


def test_a_reading_session_keeps_nothing(database: Database) -> None:
    create = text("CREATE TABLE scratch (one integer)")
    with database.reading() as session:
        if database.is_sqlite:
            session.execute(create)
        else:
            with pytest.raises(InternalError, match="read-only"):
                session.execute(create)
    assert "scratch" not in inspect(database.engine).get_table_names()


def test_a_draft_knows_nothing_that_was_stored_after_its_first_look(database: Database, rules: ReferenceData) -> None:
    ingest(database, [stray("m1")], source="test", now=NOW)
    written: list[str] = []

    def write_meanwhile(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM message" in statement and not written:
            written.append(statement)
            ingest(database, [stray("m2")], source="test", now=NOW)

    event.listen(database.engine, "after_cursor_execute", write_meanwhile)
    try:
        drafted = draft_month(database, region="23", month=Month.parse("2023-03"), rules=rules, now=NOW)
    finally:
        event.remove(database.engine, "after_cursor_execute", write_meanwhile)
    assert written
    assert [finding.episode for finding in drafted.findings] == ["m1"]
