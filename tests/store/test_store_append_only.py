"""What is append-only stays: the database itself refuses to change or remove a row, on SQLite and PostgreSQL."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from hemgang.closing.review import Act, Event, Side
from hemgang.liability.model import Month
from hemgang.outlook.forecast import Band, Forecast
from hemgang.store import access_log, closings, forecasts
from hemgang.store.closings import Closing, add
from hemgang.store.database import Database
from hemgang.store.tables import AcknowledgementRow, AttemptRow, DutyRevisionRow, JointDecisionRow
from tests.store.rows import NOON, message, store

APPEND_ONLY = (
    *("access", "acknowledgement", "attempt", "closing", "duty_revision"),
    *("forecast", "joint_decision", "message", "review_event"),
)
CHANGES = {
    "access": "who = 'nobody'",
    "acknowledgement": "revision = 9",
    "attempt": "outcome = 'delivered'",
    "closing": "body = '{}'",
    "joint_decision": "text = ''",
    "review_event": "act = 'dropped'",
    "duty_revision": "reason = ''",
    "forecast": "median = 0",
    "message": "body = '{}'",
}


@pytest.fixture
def filled(database: Database) -> Database:
    store(database, message("m1"))
    with database.writing() as session:
        access_log.record(session, access_log.Reader("anna", "unit", "care"), action="show", episode="e1", at=NOON)
        session.add(AcknowledgementRow(episode="e1", key="k", revision=1, reference="R", by="anna", at=NOON))
        session.add(AttemptRow(bundle="B", recipient="r", channel="c", number=1, outcome="failed", at=NOON))
        session.add(
            DutyRevisionRow(episode="e1", key="k", revision=1, status="open", strict_due=None, reason="opened", at=NOON)
        )
        closing = Closing("23", "2023-03", "", 1, "closed", "0" * 64, NOON, NOON, "anna", "", '{"a": 1}', "bo")
        session.add(
            JointDecisionRow(
                region="23",
                payer="2326",
                clause="joint",
                month="2023-04",
                text="charged",
                at=NOON,
                region_by="anna",
                municipality_by="bo",
            )
        )
        opened = Event(Act.OPENED, NOON, "anna", Side.REGION)
        closings.append_event(session, opened, region="23", month="2023-03")
        add(session, closing)
        band = Band("", low=1, median=2, high=3)
        forecasts.add(session, Forecast("23", Month(2023, 3), NOON, 500, 1, (band,)), made_at=NOON, code="test")
    return database


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {change}", "DELETE FROM {table}"])
def test_no_row_is_changed_or_removed(filled: Database, table: str, statement: str) -> None:
    said = statement.format(table=table, change=CHANGES[table])
    with filled.reading() as session:
        before = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  names of this file
    assert before
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), filled.writing() as session:
        session.execute(text(said))
    with filled.reading() as session:
        assert session.execute(text(f"SELECT * FROM {table}")).all() == before  # noqa: S608


def test_every_table_is_known_as_append_only_or_as_changing(database: Database) -> None:
    changing = {"alembic_version", "alert", "discharge", "duty", "quarantine", "rung", "setting"}
    changing |= {"pulse", "sent_before", "retention_pass"}
    of_retention = {"access_anchor", "retained_out", "retention_run", "sealed_month"}  # see tests/retention
    assert set(inspect(database.engine).get_table_names()) == changing | of_retention | set(APPEND_ONLY)
