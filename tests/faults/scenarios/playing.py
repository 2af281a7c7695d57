"""Plays a scenario on a fresh copy of an installation, in peace or with a fault, and says what broke."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import create_engine, inspect, text

from hemgang.services import deliver as delivering
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store import leases
from hemgang.store.database import Database, open_database
from tests.faults.scenarios.breaking import Breaker, Fault, Operation, breakable
from tests.faults.scenarios.outside import Eye, Seen, wrong
from tests.faults.scenarios.scenario import Scenario, first_start
from tests.faults.scenarios.stage import Boxes, Stage
from tests.services.post import small_directory

OVER_AT_ONCE = timedelta(seconds=-1)
"""A lease that has run out when it is taken: what a failed step had claimed is free for the next."""


@dataclass
class Workshop:
    """Makes one installation anew for every play: same secret, same directory, an empty database.

    `url` is that of an empty PostgreSQL database for its use alone; without it the database is a SQLite file.
    """

    folder: Path
    url: str | None = None
    rules: ReferenceData = field(init=False)
    database: Database = field(init=False)
    eye: Eye = field(init=False)

    def __post_init__(self) -> None:
        """Open the database once for all plays: what was compiled for it is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rules = load_reference_data(directory=small_directory(self.folder, 25))
        self.database = open_database(self.url or f"sqlite:///{self.folder / 'played.db'}")
        self.eye = Eye(create_engine(self.database.engine.url))
        first_start(self.database)
        if self.database.is_sqlite:
            self.close()
            shutil.copy(self.folder / "played.db", self.folder / "tabled.db")

    def close(self) -> None:
        """Give back every connection."""
        self.database.close()
        self.eye.engine.dispose()

    def stage(self, scenario: Scenario, fault: Fault | None) -> Stage:
        """Return the installation as it is before a scenario."""
        inbox = self.folder / "inbox"
        shutil.rmtree(inbox, ignore_errors=True)
        inbox.mkdir()
        if self.database.is_sqlite:
            self._copy(bare=scenario.bare)
        else:
            self._empty(bare=scenario.bare)
        boxes = Boxes(Breaker(fault), scenario.refusing, scenario.silent)
        return Stage(self.database, self.rules, boxes, inbox, scenario.steps[0].at)

    def _copy(self, *, bare: bool) -> None:
        self.close()
        for path in self.folder.glob("played.db*"):
            path.unlink()
        if not bare:
            shutil.copy(self.folder / "tabled.db", self.folder / "played.db")

    def _empty(self, *, bare: bool) -> None:
        """Empty the tables, or drop them all; both past the triggers, which let nobody do it."""
        with self.eye.engine.begin() as connection:
            tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
            if bare or not tables:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            else:
                connection.execute(text(f"TRUNCATE {', '.join(sorted(tables))} RESTART IDENTITY"))
        if not bare:
            first_start(self.database)


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario went: what it came to, how many operations it took, whether its fault was met, what broke."""

    seen: Seen
    counts: Counter[Operation]
    met: bool
    broken: tuple[str, ...]


def play(workshop: Workshop, scenario: Scenario, fault: Fault | None = None, calm: Seen | None = None) -> Played:
    """Play a scenario to its end, trying every step again after the fault, and look at what it came to."""
    stage = workshop.stage(scenario, fault)
    with _patched(stage), breakable(stage.database, stage.breaker):
        try:
            _act(scenario, stage, workshop.eye)
            broken = list(stage.complaints)
        except Exception as error:
            broken = [*stage.complaints, f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"]
    seen = workshop.eye.look(stage.boxes.letters)
    if calm is not None:
        broken += wrong(seen, calm, fault=fault)
    kept = {str(row["id"]) for row in seen.tables["message"]}
    if missing := stage.acknowledged - kept:
        broken.append(f"{len(missing)} acknowledged messages are not stored")
    return Played(seen, Counter(stage.breaker.counts), stage.breaker.hits > 0, tuple(broken))


def _act(scenario: Scenario, stage: Stage, eye: Eye) -> None:
    for number, step in enumerate(scenario.steps):
        if number:
            stage.until(step.at)
        stage.now = step.at
        stage.patiently(lambda step=step: step.do(stage))  # type: ignore[misc]
        stage.look_at_closings(eye.table("closing"))
        stage.patiently(stage.engine)
    stage.until(scenario.until)
    stage.look_at_closings(eye.table("closing"))


@contextmanager
def _patched(stage: Stage) -> Iterator[None]:
    with (
        patch.object(leases, "LEASE", OVER_AT_ONCE),
        patch.object(delivering, "send", stage.boxes.send),
    ):
        yield
