"""What a scenario is: named steps at instants, on an installation whose engine works in between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hemgang.store.database import Database, upgrade
from hemgang.store.tables import SettingRow
from tests.faults.scenarios.stage import Stage

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
ADMISSION_NOTICE_DUE = timedelta(hours=24)
FIRST_RUNG = START + ADMISSION_NOTICE_DUE - timedelta(hours=4)
MISSED = START + ADMISSION_NOTICE_DUE

Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done at an instant; after it the engine works until nothing is due."""

    at: datetime
    do: Callable[[Stage], object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A small story: its steps, until when the engine works on after the last, and which boxes fail in it.

    `bare`: it begins with a database that has no tables yet.
    """

    name: str
    steps: tuple[Step, ...]
    until: datetime
    refusing: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    bare: bool = False


def first_start(database: Database) -> None:
    """Make the tables, with a secret that makes references those of every other installation here."""
    upgrade(database)
    with database.writing() as session:
        session.merge(SettingRow(key="reference_secret", value="cd" * 32))


def told(episode: str, kind: str, at: datetime, **fields: object) -> Line:
    """Return one message as it comes."""
    return {"id": f"{episode}-{kind}", "episode": episode, "type": kind, "at": at.isoformat(), **fields}


def admitted(episode: str, at: datetime = START, **fields: object) -> Line:
    """Return the message that opens an episode, on the ward of the small directory."""
    where: Line = {"region": "23", "municipality": "2380", "care": "somatic", "clinic": "ward-1"}
    return told(episode, "admitted", at, **(where | fields))


def taking(at: datetime, *lines: Line | str) -> Step:
    """Return the step that takes lines in."""
    return Step(at, lambda stage: stage.take(*lines))


def hours(count: float, after: datetime = START) -> datetime:
    """Return an instant some hours after another."""
    return after + timedelta(hours=count)
