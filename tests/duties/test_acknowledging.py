"""Acknowledgements stop the ladder until they run out (specification 3.2)."""

import pytest

from hemgang.messages.model import MessageType as M
from tests.duties.stays import Engine, Stay, noticed


def ready(notice: str) -> Stay:
    return noticed("2023-03-01 10:00").say(M.READY_NOTICE, notice)


ACKNOWLEDGED = [
    # acknowledged at; what fires of owner 13:00, backup 15:00, manager 16:00 (Mon 13 March), missed Tue 00:00
    ("2023-03-13 13:30", ["03-13 13:00 owner", "03-14 12:30 missed"]),
    ("2023-03-13 14:59:59", ["03-13 13:00 owner", "03-14 13:59:59 missed"]),
    ("2023-03-13 15:00", ["03-13 13:00 owner", "03-13 15:00 backup", "03-14 14:00 missed"]),
    ("2023-03-10 14:00", ["03-13 13:00 owner", "03-13 15:00 backup", "03-13 16:00 manager", "03-14 00:00 missed"]),
    ("2023-03-10 14:30", ["03-13 13:30 owner", "03-13 15:00 backup", "03-13 16:00 manager", "03-14 00:00 missed"]),
    ("2023-03-13 08:30", ["03-13 16:30 manager", "03-14 00:00 missed"]),
]


@pytest.mark.parametrize(("when", "expected"), ACKNOWLEDGED)
def test_an_acknowledgement_stops_the_ladder_for_eight_staffed_hours(when: str, expected: list[str]) -> None:
    engine = Engine(ready("2023-03-10 10:00"))
    engine.run("2023-03-10 10:00", when)
    engine.acknowledge("sip_call/1/", when)
    engine.run(when, "2023-03-20 00:00")
    assert [f"{at[5:]} {rung}" for at, _, rung in engine.fired("sip_call")] == expected


def test_an_acknowledgement_stops_nothing_before_it_is_given() -> None:
    engine = Engine(ready("2023-03-10 10:00"))
    engine.acknowledge("sip_call/1/", "2023-03-13 14:00")
    engine.run("2023-03-10 10:00", "2023-03-13 16:30")
    assert engine.fired("sip_call") == [("2023-03-13 13:00", "sip_call/1/", "owner")]


def test_the_latest_acknowledgement_counts_and_only_for_its_duty_and_revision() -> None:
    engine = Engine(ready("2023-03-10 10:00"))
    engine.acknowledge("sip_call/1/", "2023-03-13 12:00")
    engine.acknowledge("sip_call/1/", "2023-03-13 16:00")
    engine.acknowledge("sip_call/1/", "2023-03-13 09:00")
    engine.acknowledge("last_free_day/1/condition-1", "2023-03-13 12:00", revision=2)
    engine.run("2023-03-10 10:00", "2023-03-20 00:00")
    assert [at for at, _, _ in engine.fired("sip_call")] == ["2023-03-14 15:00"]
    assert engine.fired("last_free_day")[0][0] == "2023-03-13 13:00"
