"""Scenarios of alerts: sent, refused, unknown, bundled, seen, no longer true."""

from datetime import timedelta

from sqlalchemy import text

from hemgang.store.outbox import acknowledge
from tests.faults.scenarios.scenario import FIRST_RUNG, MISSED, START, Scenario, Step, admitted, hours, taking, told
from tests.faults.scenarios.stage import Stage

AFTER_FIRST = FIRST_RUNG + timedelta(minutes=30)
ADMITTED = taking(START, admitted("e1"))


def _acknowledge(stage: Stage) -> None:
    """Acknowledge what was alerted first."""
    with stage.database.reading() as session:
        reference = session.scalars(text("SELECT reference FROM alert ORDER BY id")).first()
    assert reference is not None
    with stage.database.writing() as session:
        acknowledge(session, reference, by="a nurse", at=stage.now)


def _meeting(minutes: float) -> Step:
    at = FIRST_RUNG + timedelta(minutes=minutes)
    return taking(at, told("e1", "admission_notice", at))


ALERTS = (
    Scenario("a reminder", (ADMITTED,), AFTER_FIRST),
    Scenario("every rung up to missed", (ADMITTED,), MISSED + timedelta(minutes=30)),
    Scenario(
        "three in one mail",
        (taking(START, *(admitted(f"e{number}") for number in range(3))),),
        AFTER_FIRST,
    ),
    Scenario("met in time, and said so", (ADMITTED, _meeting(30)), FIRST_RUNG + timedelta(hours=30)),
    Scenario("met before anybody was told", (ADMITTED, _meeting(-30)), AFTER_FIRST),
    Scenario("acknowledged", (ADMITTED, Step(AFTER_FIRST, _acknowledge)), MISSED - timedelta(minutes=30)),
    Scenario("refused, then by the fallback", (ADMITTED,), AFTER_FIRST, refusing=frozenset({"ward"})),
    Scenario(
        "no answer, then by the fallback", (ADMITTED,), FIRST_RUNG + timedelta(hours=1), silent=frozenset({"ward"})
    ),
    Scenario(
        "no channel left: the operator is told",
        (ADMITTED,),
        AFTER_FIRST,
        refusing=frozenset({"ward", "duty-phone"}),
    ),
    Scenario(
        "moved to another time while it is sent",
        (ADMITTED, taking(hours(21), told("e1", "retracted", hours(21), message="e1-admitted"))),
        MISSED,
    ),
)
