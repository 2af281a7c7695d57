"""A statement, commit or sending that fails costs nothing; and the check finds what would cost something."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlmodel import Session

from hemgang.services import ingest as taking_in
from hemgang.services.ingest import Report
from hemgang.store import discharges, outbox
from hemgang.store.database import Database
from tests.faults import fault_each_operation
from tests.faults.scenarios.breaking import Fault, Operation, Way
from tests.faults.scenarios.playing import Workshop, play
from tests.faults.scenarios.thirty import SCENARIOS

pytestmark = pytest.mark.faults
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
REMINDER = BY_NAME["a reminder"]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    here = Workshop(tmp_path_factory.mktemp("workshop"))
    yield here
    here.close()


@pytest.mark.postgresql
def test_any_operation_may_fail() -> None:
    measured = fault_each_operation.measure(10, seed=3)
    assert not measured.broken
    assert measured.figures["scenarios"] == 10


def test_there_are_thirty_scenarios_and_each_is_the_same_twice(workshop: Workshop) -> None:
    assert len(BY_NAME) == fault_each_operation.LONG == 30
    for scenario in SCENARIOS[::4]:
        calm = play(workshop, scenario)
        assert calm.broken == ()
        assert play(workshop, scenario, None, calm.seen).broken == ()


@pytest.mark.parametrize("way", [Way.BEFORE, Way.AFTER])
def test_every_commit_of_a_reminder_may_fail(workshop: Workshop, way: Way) -> None:
    calm = play(workshop, REMINDER)
    for number in range(1, calm.counts[Operation.COMMIT] + 1):
        for sticky in (False, True):
            played = play(workshop, REMINDER, Fault(Operation.COMMIT, way, number, sticky), calm.seen)
            assert played.met
            assert played.broken == ()


def found(workshop: Workshop, name: str, *faults: Fault) -> list[str]:
    """Return what the checker says of a scenario on this broken engine, with the first of the faults that shows it."""
    calm = play(workshop, BY_NAME[name])
    said = (play(workshop, BY_NAME[name], fault, calm.seen).broken for fault in faults)
    return list(next(filter(None, said), ()))


def test_it_finds_an_alert_that_is_marked_before_it_is_sent(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outbox.assign

    def mark_first(session: Session, bundle: str, rows: object) -> None:
        real(session, bundle, rows)  # type: ignore[arg-type]
        session.connection().exec_driver_sql("UPDATE alert SET state = 'delivered' WHERE state = 'pending'")

    monkeypatch.setattr(outbox, "assign", mark_first)
    assert "1 alerts never arrived" in found(workshop, "a reminder", Fault(Operation.SEND, Way.RAISED, 1, sticky=False))


def test_it_finds_messages_whose_discharge_is_woken_in_a_second_transaction(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = discharges.wake

    def commit_first(session: Session, *given: object, **more: object) -> None:
        session.connection().connection.driver_connection.commit()  # type: ignore[union-attr]
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        real(session, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(discharges, "wake", commit_first)
    faults = (Fault(Operation.STATEMENT, Way.BEFORE, number, sticky=False) for number in range(1, 20))
    assert "table discharge: 0 rows too many, 1 missing" in found(workshop, "good lines", *faults)


def test_it_finds_an_error_that_is_swallowed(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    real = taking_in._store_until_alone

    def never_mind(database: Database, read: object, *, source: str, now: datetime) -> object:
        try:
            return real(database, read, source=source, now=now)  # type: ignore[arg-type]
        except Exception:
            return Report(accepted=1)

    monkeypatch.setattr(taking_in, "_store_until_alone", never_mind)
    broken = found(workshop, "good lines", Fault(Operation.COMMIT, Way.BEFORE, 1, sticky=False))
    assert "the fault was swallowed: the step that met it said nothing" in broken
    assert "3 acknowledged messages are not stored" in broken
