"""What a step decided is what the next step reads back, and an alert that changed says the new thing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hemgang.duties.decide import apply
from hemgang.duties.model import (
    Alert,
    AlertKind,
    AlertState,
    Duty,
    DutyKind,
    Memory,
    Revision,
    Role,
    RungOutcome,
    RungRecord,
    Status,
    Step,
)
from hemgang.i18n.catalogue import phrase
from hemgang.store import duties
from hemgang.store.database import Database
from hemgang.store.duties import save_steps
from hemgang.store.tables import AlertRow, DutyRow
from tests.store.rows import LATER, NOON, SECRET

DUTY = Duty(
    kind=DutyKind.SIP_CALL,
    episode="e1",
    period=1,
    clause_id="",
    clause="LUS 4:3",
    owners=(Role.FIXED_CARE_CONTACT,),
    opened_by="m1",
    opened_at=NOON,
    strict_due=LATER,
    due_included=False,
    extended_due=None,
    practical_due=LATER,
    status=Status.OPEN,
    met_at=None,
    because=phrase("duty.unit.days", count=3),
)
HELD = Alert(
    episode="e1",
    key=DUTY.key,
    revision=1,
    rung="owner",
    kind=AlertKind.REMINDER,
    role=Role.FIXED_CARE_CONTACT,
    recipient="anna",
    channel="mail",
    urgent=False,
    fired_at=NOON,
    release_at=LATER,
    duty_status=Status.OPEN,
    state=AlertState.HELD,
)
RUNG = RungRecord(DUTY.key, 1, "owner", RungOutcome.FIRED, NOON, "due")
FIRST = Step((Revision(DUTY, 1, "opened"),), (), (RUNG,), (HELD,), LATER)
MOVED = replace(
    DUTY, status=Status.MISSED, strict_due=NOON, practical_due=NOON, because=phrase("duty.unit.days", count=4)
)
RELEASED = replace(HELD, state=AlertState.PENDING, kind=AlertKind.MISSED, duty_status=Status.MISSED)
SECOND = Step((Revision(MOVED, 1, "open before, missed now"),), (), (), (RELEASED,), None)
DROPPED = replace(RELEASED, state=AlertState.DROPPED, reason="the duty no longer exists", duty_status=Status.VOID)
THIRD = Step((), (DUTY.key,), (), (DROPPED,), None)


def save(database: Database, *steps: Step) -> None:
    for number, step in enumerate(steps):
        with database.writing() as session:
            save_steps(session, [("e1", step)], now=NOON + timedelta(minutes=number), secret=SECRET)


@pytest.mark.parametrize("steps", [(FIRST,), (FIRST, SECOND), (FIRST, SECOND, THIRD)])
def test_what_is_stored_is_what_is_remembered(database: Database, steps: tuple[Step, ...]) -> None:
    save(database, *steps)
    wanted = Memory()
    for step in steps:
        wanted = apply(wanted, step)
    with database.reading() as session:
        found = duties.memories_of(session, ["e1", "e2"])
    assert found == {"e1": wanted, "e2": Memory()}


def test_a_changed_alert_takes_the_duty_as_it_now_is(database: Database) -> None:
    save(database, FIRST)
    with database.reading() as session:
        (before,) = session.scalars(select(AlertRow))
    save(database, SECOND)
    with database.reading() as session:
        (row,) = session.scalars(select(AlertRow))
    assert (row.id, row.reference) == (before.id, before.reference)
    assert (row.kind, row.duty_status, row.state) == ("missed", "missed", "pending")
    assert (row.strict_due, row.practical_due, row.why) == (NOON, NOON, "4 days")


def test_an_alert_keeps_what_it_said_of_a_duty_that_is_gone(database: Database) -> None:
    save(database, FIRST, SECOND, THIRD)
    with database.reading() as session:
        assert list(session.scalars(select(DutyRow))) == []
        (row,) = session.scalars(select(AlertRow))
    assert (row.state, row.reason, row.strict_due) == ("dropped", "the duty no longer exists", NOON)


def test_an_alert_that_was_delivered_stays_so_whatever_a_step_says(database: Database) -> None:
    save(database, FIRST, SECOND)
    with database.writing() as session:
        session.execute(update(AlertRow).values(state=AlertState.DELIVERED.value, delivered_at=LATER, channel="sms"))
    save(database, THIRD)
    with database.reading() as session:
        (row,) = session.scalars(select(AlertRow))
    assert (row.state, row.delivered_at, row.channel, row.reason) == ("delivered", LATER, "sms", "")
