"""Scenarios of messages: what is taken in, from where, and what it does to a discharge."""

import json
from datetime import timedelta

from sqlalchemy import text

from hemgang.services.advance import advance_reference
from hemgang.store.access_log import Reader, access_entries, record
from tests.faults.scenarios.scenario import START, Line, Scenario, Step, admitted, first_start, hours, taking, told
from tests.faults.scenarios.stage import Stage

GOOD = (
    admitted("e1"),
    told("e1", "admission_notice", hours(1)),
    told("e1", "sip_need", hours(1), needed="no"),
)
BROKEN: tuple[Line | str, ...] = (
    admitted("e1"),
    '{"id": "half',
    told("e1", "no_such_type", START),
    told("e1", "sip_need", START, needed="perhaps"),
    told("e1", "admission_notice", START, note="19 121212-1212"),
)
READY = (*GOOD, told("e1", "ready_notice", hours(2)))
NURSE = Reader("a nurse", "ward-1", "care")


def _file(stage: Stage, name: str, *lines: Line | str) -> None:
    """Lay a file in the inbox, once: a person does not lay it again because the engine failed."""
    if name not in stage.kept:
        written = (one if isinstance(one, str) else json.dumps(one) for one in lines)
        (stage.inbox / name).write_text("".join(f"{one}\n" for one in written), encoding="utf-8")
        stage.kept[name] = True
    stage.take_files()


def _step_one(stage: Stage) -> None:
    with stage.database.reading() as session:
        references = list(session.scalars(text("SELECT reference FROM discharge ORDER BY episode")))
    for reference in references:
        advance_reference(stage.database, reference, stage.rules, now=stage.now, owner="one")


def _read(stage: Stage) -> None:
    with stage.database.writing() as session:
        record(session, NURSE, action="show", episode="e1", at=stage.now)
    with stage.database.reading() as session:
        list(access_entries(session, episodes=("e1",)))


def _first_start(stage: Stage) -> None:
    first_start(stage.database)
    stage.take(*GOOD)


def _story(name: str, *later: Line, until: float = 6) -> Scenario:
    """Return the scenario in which a discharge is ready, and then something happens."""
    steps = (taking(hours(2), *READY), taking(hours(4), *later))
    return Scenario(name, steps, hours(until))


MESSAGES = (
    Scenario("first start", (Step(hours(2), _first_start),), hours(3), bare=True),
    Scenario("good lines", (taking(hours(2), *GOOD),), hours(3)),
    Scenario("the same lines again", (taking(hours(2), *GOOD), taking(hours(2.5), *GOOD)), hours(3)),
    Scenario(
        "conflicting lines",
        (taking(hours(2), *GOOD), taking(hours(3), GOOD[0] | {"municipality": "2326"}, GOOD[1])),
        hours(4),
    ),
    Scenario("broken lines among good ones", (taking(hours(2), *BROKEN),), hours(3)),
    Scenario(
        "files in the inbox",
        (
            Step(hours(2), lambda stage: _file(stage, "a.ndjson", *GOOD)),
            Step(hours(3), lambda stage: _file(stage, "b.ndjson", *BROKEN)),
            Step(hours(4), lambda stage: _file(stage, "c.csv", "id,id,type")),
        ),
        hours(5),
    ),
    Scenario("five at once", (taking(START, *(admitted(f"e{number}") for number in range(5))),), hours(2)),
    Scenario("one by its reference", (taking(START, *GOOD[:1]), Step(hours(1), _step_one)), hours(2)),
    _story("withdrawn", told("e1", "ready_withdrawn", hours(4))),
    _story("corrected", told("e1", "retracted", hours(4), message="e1-ready_notice")),
    _story("the payer moves", told("e1", "payer_changed", hours(4), municipality="2326")),
    _story("died", told("e1", "died", hours(3))),
    _story("to another county", told("e1", "transferred", hours(4), region="01", clinic="c")),
    Scenario(
        "home and back again",
        (
            taking(hours(2), *READY, told("e1", "discharged", hours(2) - timedelta(minutes=5))),
            taking(hours(4), told("e1", "discharge_cancelled", hours(4))),
        ),
        hours(5),
    ),
    Scenario(
        "the access log",
        (taking(START, *GOOD[:1]), Step(hours(1), _read), Step(hours(1.5), _read)),
        hours(2),
    ),
)
