"""What the doctor says of the engine's work: the facts that give each finding, and beside them facts that do not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hemgang.doctor.engine import StateFacts, judge_state
from hemgang.doctor.finding import Level
from hemgang.store.monitoring import LastSweep
from tests.doctor.conftest import NOW
from tests.doctor.levels import level_of

OK, WARNING, ERROR = Level.OK, Level.WARNING, Level.ERROR
GOOD_STATE = StateFacts(
    now=NOW,
    sweeps=dict.fromkeys(("watch", "deliver", "inbox"), LastSweep(NOW)),
    inbox=True,
    held="",
    held_since=None,
    due=3,
    oldest_due_s=20.0,
    set_aside_count=0,
    set_aside=(),
    pending=2,
    unknown=1,
    oldest_pending_s=60.0,
    given_up=0,
    quarantined=400,
    quarantined_today=3,
)
HELD = {"held": "looks_restored", "held_since": NOW - timedelta(hours=2)}


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "loop watch", OK),
        ({"sweeps": {}}, "loop watch", WARNING),
        ({"sweeps": {"watch": LastSweep(None, "22")}}, "loop watch", ERROR),
        ({"sweeps": {"watch": LastSweep(NOW - timedelta(minutes=5))}}, "loop watch", OK),
        ({"sweeps": {"watch": LastSweep(NOW - timedelta(minutes=5, seconds=1))}}, "loop watch", ERROR),
        ({"sweeps": {"watch": LastSweep(NOW + timedelta(minutes=5))}}, "loop watch", OK),
        ({"sweeps": {"watch": LastSweep(NOW + timedelta(minutes=6))}}, "loop watch", ERROR),
        ({"sweeps": {}, "inbox": False}, "loop inbox", None),
        ({"sweeps": {}}, "loop inbox", WARNING),
        ({}, "sending", OK),
        (HELD, "sending", ERROR),
        ({}, "due", OK),
        ({"oldest_due_s": 601.0}, "due", ERROR),
        ({}, "set aside", OK),
        ({"set_aside_count": 1, "set_aside": ("7K3M-Q9TB-2XWD",)}, "set aside", WARNING),
        ({}, "alerts waiting", OK),
        ({"oldest_pending_s": 1_801.0}, "alerts waiting", ERROR),
        ({"oldest_pending_s": 1_801.0} | HELD, "alerts waiting", OK),
        ({}, "alerts given up", OK),
        ({"given_up": 1}, "alerts given up", WARNING),
        ({}, "quarantine", OK),
        ({"quarantined_today": 21}, "quarantine", WARNING),
    ],
)
def test_of_the_engine(change: dict[str, Any], name: str, level: Level | None) -> None:
    assert level_of(judge_state(replace(GOOD_STATE, **change)), name) is level


def test_those_set_aside_are_named_by_reference() -> None:
    facts = replace(GOOD_STATE, set_aside_count=3, set_aside=("7K3M-Q9TB-2XWD", "8K3M-Q9TB-2XWD"))
    (found,) = [one for one in judge_state(facts) if one.name == "set aside"]
    assert str(found.found) == "3 discharges: 7K3M-Q9TB-2XWD, 8K3M-Q9TB-2XWD and others"
