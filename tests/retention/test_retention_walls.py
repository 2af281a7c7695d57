"""What is append-only lets nothing go but old rows under a pass of the same transaction, whatever program asks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from hemgang.services.installation import ReferenceData
from hemgang.store import access_log
from hemgang.store.database import Database
from hemgang.store.retention import passing
from hemgang.store.tables import AcknowledgementRow, AttemptRow, ForecastRow
from tests.retention import world
from tests.retention.world import CLOSED_AT, NOW

TOO_YOUNG = datetime(2023, 3, 2, tzinfo=UTC)
KEPT_FOR_GOOD = ("retention_run", "retained_out", "sealed_month", "access_anchor")


@pytest.fixture
def filled(database: Database, rules: ReferenceData) -> Database:
    world.filled(database, rules, "e1", "e2")
    with database.writing() as session:
        session.add(AcknowledgementRow(episode="e1", key="k", revision=1, reference="R", by="anna", at=CLOSED_AT))
        session.add(AttemptRow(bundle="B", recipient="r", channel="c", number=1, outcome="failed", at=CLOSED_AT))
        forecast: dict[str, Any] = {
            "payer": "",
            "low": 1,
            "median": 2,
            "high": 3,
            "paths": 5,
            "seed": 1,
            "code": "test",
        }
        session.add(ForecastRow(region="23", month="2023-03", made_at=CLOSED_AT, as_of=CLOSED_AT, **forecast))
    return database


OLD_ROWS = (
    ("message", "episodes", "e1", "DELETE FROM message WHERE episode = 'e1'"),
    ("duty_revision", "episodes", "e1", "DELETE FROM duty_revision WHERE episode = 'e1'"),
    ("acknowledgement", "episodes", "e1", "DELETE FROM acknowledgement WHERE episode = 'e1'"),
    ("forecast", "forecasts", "23", "DELETE FROM forecast"),
    ("closing", "closings", "23 2023-03 ", "UPDATE closing SET body = '{\"removed\": {}}'"),
)


def under_a_pass(database: Database, kind: str, subject: str, older_than: datetime, statement: str) -> None:
    with database.writing() as session, passing(session, kind, [subject], older_than=older_than):
        session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize(("table", "kind", "subject", "statement"), OLD_ROWS)
def test_an_old_row_goes_under_its_own_pass_only(
    filled: Database, table: str, kind: str, subject: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        world.execute(filled, statement)
    for wanted in ((kind, "another", NOW), ("quarantine", subject, NOW), (kind, subject, TOO_YOUNG)):
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            under_a_pass(filled, *wanted, statement)
    under_a_pass(filled, kind, subject, NOW, statement)
    assert world.rows(filled, "SELECT * FROM retention_pass") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE message SET body = '{}'",
        "UPDATE closing SET body = '{}'",
        "UPDATE closing SET body = '{\"removed\": {}}', hash = 'x'",
        "UPDATE closing SET body = '{\"removed\": {}}', closed_by = 'x'",
        "DELETE FROM closing",
        "DELETE FROM review_event",
        "UPDATE duty_revision SET reason = ''",
    ],
)
def test_a_pass_lets_nothing_else_be_changed(filled: Database, rules: ReferenceData, change: str) -> None:
    world.execute(
        filled,
        'INSERT INTO review_event (region, month, number, act, at, "by", side, payer, episode, day, reason, content, '
        "matter, other) VALUES ('23', '2022-03', 1, 'opened', '2023-04-01 00:00:00', 'A', 'region', '', '', '', '', "
        "'', 'local', '')",
    )
    for kind, subject in (("episodes", "e1"), ("closings", "23 2023-03 ")):
        with pytest.raises(DBAPIError, match="append-only"):
            under_a_pass(filled, kind, subject, NOW, change)


@pytest.mark.parametrize("rows", [["(1, 2)"], ["(1, 2)", "(2, 3)", "(3, 4)"]])
def test_a_pass_is_never_committed(filled: Database, rows: list[str]) -> None:
    inserts = [
        "INSERT INTO retention_pass (id, follows, kind, subject, older_than) VALUES "  # noqa: S608
        f"({row.strip('()')}, 'episodes', 'e1', '2034-01-01 00:00:00')"
        for row in rows
    ]
    with pytest.raises(DBAPIError):
        world.execute(filled, *inserts, "DELETE FROM message WHERE episode = 'e1'")
    assert world.counts(filled, "message", "retention_pass") == {"message": 14, "retention_pass": 0}
    with pytest.raises(DBAPIError):
        world.execute(filled, inserts[0].replace("(1, 2,", "(2, 1,"))


def test_a_try_stays_as_long_as_an_alert_of_its_message(filled: Database) -> None:
    world.execute(filled, "UPDATE alert SET bundle = 'B' WHERE episode = 'e2'")
    with pytest.raises(DBAPIError, match="append-only"):
        under_a_pass(filled, "episodes", "e1", NOW, "DELETE FROM attempt")
    world.execute(filled, "UPDATE alert SET bundle = NULL")
    under_a_pass(filled, "episodes", "e1", NOW, "DELETE FROM attempt")


def test_a_message_that_is_younger_keeps_the_episodes_revisions(filled: Database) -> None:
    younger = datetime(2023, 3, 20, tzinfo=UTC)
    with pytest.raises(DBAPIError, match="duty_revision is append-only"):
        under_a_pass(filled, "episodes", "e1", younger, "DELETE FROM duty_revision WHERE episode = 'e1'")


@pytest.mark.parametrize("table", KEPT_FOR_GOOD)
def test_what_is_remembered_is_append_only(filled: Database, rules: ReferenceData, table: str) -> None:
    long_ago = datetime(2015, 1, 1, tzinfo=UTC)
    with filled.writing() as session:
        for episode in ("e1", "e2"):
            access_log.record(session, access_log.Reader("a", "u", "w"), action="show", episode=episode, at=long_ago)
            session.flush()
    with filled.writing() as session:
        access_log.drop_oldest(session, upto=1, floor=CLOSED_AT, at=NOW, by="Anna")
    world.applied(filled, rules)
    column = {"retention_run": "count", "retained_out": "region", "sealed_month": "payer", "access_anchor": "hash"}
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column[table]} = {column[table]}"):  # noqa: S608
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            world.execute(filled, statement)
    assert world.counts(filled, table)[table] > 0
