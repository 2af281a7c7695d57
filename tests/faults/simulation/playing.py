"""Plays one seed: an empty installation, its processes, what arrives, what fails; and returns what was seen."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from hemgang import clock
from hemgang.services import advance as advancing
from hemgang.services import deliver as delivering
from hemgang.services import ingest as taking
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store.database import open_database, upgrade
from hemgang.store.tables import SettingRow
from tests.faults.simulation.actors import WORK, Habits, Process, pulling_the_plug
from tests.faults.simulation.arrivals import REGION, Inbox, inbox_of
from tests.faults.simulation.boxes import Boxes, directory
from tests.faults.simulation.crew import Crew
from tests.faults.simulation.eye import Eye, watch_closed_rows
from tests.faults.simulation.history import History, Side
from tests.faults.simulation.plants import Plant
from tests.faults.simulation.stage import Stage
from tests.faults.simulation.tables import Tables, tables_of
from tests.faults.simulation.weather import Weather, calm, chance_of, weather_of
from tests.faults.simulation.world import Actor, World

RESTS_FOR = timedelta(days=2)
"""How long a run goes on after its last fault and arrival: by then everything must be at rest."""
A_TICK = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Played:
    """What one run came to."""

    weather: Weather
    inbox: Inbox
    history: History
    tables: Tables
    rules: ReferenceData
    ticks: dict[Side, timedelta]


@dataclass(frozen=True, slots=True)
class Cast:
    """How many of whom, and how much at once."""

    numbers: Mapping[Side, int]
    lines_at_once: int
    steps_at_once: int


def play(seed: str, *, days: int, stays: int, plant: Plant | None = None, still: bool = False) -> Played:
    """Play a seed for so many days and stays; `still`: one process of each kind and nothing fails."""
    weather = calm(seed, days) if still else weather_of(seed, days)
    rules, template = _rules(), _template()
    inbox = inbox_of(weather, stays=stays)
    with TemporaryDirectory(prefix="hemgang-simulation-") as folder:
        path = Path(folder) / "played.db"
        shutil.copy(template, path)
        world = World(weather.begins_at - timedelta(hours=1))
        stage = Stage(world, weather, History(), Eye.on(path), inbox)
        database = open_database(f"sqlite:///{path}")
        event.listen(database.engine, "connect", _hurry)
        processes = _processes(Process(stage, stage.database(database), rules, inbox, Actor(""), Habits(timedelta(0))))
        with _surroundings(stage, _cast(weather), plant):
            for process, side in processes:
                work = WORK[side] if side is not None else pulling_the_plug
                world.start(process.actor, lambda process=process, work=work: process.live(work))  # type: ignore[misc]
            world.run(weather.clears_at + RESTS_FOR)
            world.close()
        tables = tables_of(stage.eye)
        database.close()
        stage.eye.close()
    ticks = {
        side: max((process.habits.tick for process, of in processes if of is side), default=A_TICK) for side in Side
    }
    return Played(weather, inbox, stage.history, tables, rules, ticks)


def _ticks(processes: list[tuple[Process, Side | None]]) -> dict[Side, timedelta]:
    found = dict.fromkeys(Side, A_TICK)
    for process, side in processes:
        if side is not None:
            found[side] = max(found[side], process.habits.tick)
    return found


def _cast(weather: Weather) -> Cast:
    if weather.odds.slow == 0:
        return Cast({Side.INGESTER: 1, Side.SCHEDULER: 1, Side.SENDER: 1}, 10_000, 250)
    chance = chance_of(weather.seed, "cast")
    at_once = chance.choice((2, 10_000)), chance.choice((1, 3, 250))
    numbers = {
        Side.INGESTER: chance.randint(1, 2),
        Side.SCHEDULER: chance.randint(2, 4),
        Side.SENDER: 2,
        Side.HAND: chance.choice((0, 0, 1)),
    }
    return Cast(numbers, *at_once)


def _processes(like: Process) -> list[tuple[Process, Side | None]]:
    stage = like.stage
    cast, chance = _cast(stage.weather), chance_of(stage.weather.seed, "habits")
    found: list[tuple[Process, Side | None]] = []
    for side, number in cast.numbers.items():
        for one in range(1, number + 1):
            actor = Actor(f"{side}-{one}", skew=stage.weather.skew * chance.uniform(-1, 1))
            habits = Habits(
                tick=timedelta(seconds=chance.choice((2, 10, 30))),
                limit=chance.choice((1, 5, 2000)),
                by_runs=chance.random() < 0.4,
                releases_the_dead=chance.random() < 0.7,
            )
            stage.actors.append(actor)
            stage.sides[actor.name] = side
            found.append((Process(stage, like.database, like.rules, like.inbox, actor, habits), side))
    plug = Actor("plug")
    return [*found, (Process(stage, like.database, like.rules, like.inbox, plug, like.habits), None)]


@contextmanager
def _surroundings(stage: Stage, cast: Cast, plant: Plant | None) -> Iterator[None]:
    """Let the engine read the run's clock, send into its boxes and wait in its time; with a planted fault or none."""
    world = stage.world
    with ExitStack() as stack:
        stack.enter_context(patch.object(clock, "machine_now", lambda: world.now + world.actor.skew))
        for module in (advancing, delivering):
            stack.enter_context(patch.object(module, "database_now", lambda _session: world.now))
        stack.enter_context(patch.object(delivering, "send", Boxes(stage).send))
        stack.enter_context(patch.object(delivering, "ThreadPoolExecutor", lambda at_once: Crew(world, at_once)))
        stack.enter_context(patch.object(taking, "LINES_AT_ONCE", cast.lines_at_once))
        stack.enter_context(patch.object(advancing, "AT_ONCE", cast.steps_at_once))
        stack.enter_context(patch.object(advancing.log, "disabled", True))
        stack.enter_context(patch.object(delivering.log, "disabled", True))
        if plant is not None:
            stack.enter_context(plant())
        yield


@cache
def _rules() -> ReferenceData:
    with TemporaryDirectory(prefix="hemgang-simulation-") as folder:
        path = Path(folder) / "directory.toml"
        path.write_text(directory(REGION), encoding="utf-8")
        return load_reference_data(directory=path)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="hemgang-simulation-")


@cache
def _template() -> Path:
    """Make an empty installation once; every run begins with a copy of it."""
    path = Path(_folder().name) / "template.db"
    database = open_database(f"sqlite:///{path}")
    upgrade(database)
    with database.writing() as session:
        session.merge(SettingRow(key="reference_secret", value="ab" * 32))
    database.close()
    watch_closed_rows(path)
    return path


def _hurry(connection: Any, _record: Any) -> None:
    """Wait for no disk: what is tested here dies with its process, not with its machine."""
    connection.execute("PRAGMA synchronous = OFF")
