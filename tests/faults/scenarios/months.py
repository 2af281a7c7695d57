"""Scenarios of a month: reviewed, disputed, decided, closed, restated, foretold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hemgang.closing.review import Act, Event, Side
from hemgang.liability.model import Draft, Month
from hemgang.outlook.forecast import Band, Forecast
from hemgang.services import outlook
from hemgang.services.closing import Decision, close_month, draft_month
from hemgang.services.restatement import restate, restatements_of
from hemgang.services.review import record_act, record_joint_decision
from tests.faults.scenarios.scenario import Scenario, Step, taking
from tests.faults.scenarios.stage import Stage
from tests.services.stays import stay

MARCH = Month(2023, 3)
OVER = datetime(2023, 4, 10, 12, tzinfo=UTC)
LATER = datetime(2023, 5, 10, 12, tzinfo=UTC)
TWO = Decision("Anna", "read and agreed by both", "Bo")
STAY = taking(OVER - timedelta(hours=1), *stay("e1"))
LATE = taking(OVER + timedelta(days=5), *(one | {"received_at": "2023-04-15T08:00:00Z"} for one in stay("e2")))


def act(what: Act, *, side: Side = Side.REGION, hour: float = 0, **more: str) -> Step:
    """Return the step in which one side does something about the stay's month."""
    at = OVER + timedelta(hours=hour)

    def do(stage: Stage) -> None:
        by = "Anna" if side is Side.REGION else "Bo"
        event = Event(what, at, by, side, **({"payer": "2326"} | more))  # type: ignore[arg-type]
        if what is Act.OPENED:
            event = replace(event, payer="")
        record_act(stage.database, _drafted(stage), event)

    return Step(at, do)


def _drafted(stage: Stage) -> Draft:
    return draft_month(stage.database, region="23", month=MARCH, rules=stage.rules, now=stage.now)


def closing(at: datetime) -> Step:
    """Return the step in which March is closed."""

    def do(stage: Stage) -> None:
        close_month(stage.database, _drafted(stage), decision=TWO, now=stage.now, as_of=stage.now)

    return Step(at, do)


def _restate(stage: Stage) -> None:
    found = restatements_of(stage.database, region="23", month=MARCH, rules=stage.rules, now=stage.now)
    restate(stage.database, found, region="23", by="Anna", attested_by="Bo", reason="", now=stage.now)


def _decide(stage: Stage) -> None:
    by = ("Anna", "Bo")
    record_joint_decision(
        stage.database, region="23", month="2023-03", payer="2326", clause="mean", by=by, text="agreed", now=stage.now
    )


def _foretell(stage: Stage) -> None:
    bands = tuple(Band(payer, 0, 1_050_000, 2_100_000) for payer in ("", "2326"))
    outlook.keep_forecast(stage.database, Forecast("23", MARCH, stage.now, 500, 1, bands), now=stage.now)


def _one(name: str, *steps: Step, until: datetime = OVER + timedelta(days=1)) -> Scenario:
    return Scenario(name, (STAY, *steps), until)


AGREED = (act(Act.AGREED, hour=2), act(Act.AGREED, side=Side.MUNICIPALITY, hour=3))
DISPUTED = act(Act.DISPUTED, side=Side.MUNICIPALITY, hour=1, episode="e1", reason="not ready")
SETTLED = act(Act.UPHELD, side=Side.MUNICIPALITY, hour=6, episode="e1", reason="it was")
CLOSE, RESTATE = closing(OVER + timedelta(hours=5)), Step(LATER, _restate)

MONTHS = (
    _one("reviewed, agreed and closed", act(Act.OPENED), *AGREED, CLOSE),
    _one("disputed, settled, restated", act(Act.OPENED), DISPUTED, *AGREED, CLOSE, SETTLED, RESTATE, until=LATER),
    _one("closed, closed again, restated", CLOSE, closing(OVER + timedelta(hours=7)), LATE, RESTATE, until=LATER),
    _one("decided by both", Step(OVER, _decide)),
    _one("a forecast is kept", Step(OVER, _foretell)),
)
