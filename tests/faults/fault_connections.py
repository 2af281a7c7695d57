"""Every connection to PostgreSQL is cut again and again, and now and then the server falls: nothing taken in is lost.

Two engines and a feeder, each a process of its own (tests/faults/scenarios/connected.py), go on by themselves.
"""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import text

from deployments.prefect_server import HOST
from hemgang.simulate import county_of, directory_text
from hemgang.store.database import Database, open_database
from tests.faults.measuring import Measured
from tests.faults.scenarios import connected
from tests.faults.scenarios.scenario import first_start
from tests.faults.scenarios.server import Server, postgresql
from tests.services.post import Post, post_office
from tests.services.walking import county

LONG = 1000
GOAL = "connections cut and server restarts: no acknowledged message missing, every alert as in peace"
ENGINES = 2
DEADLINE_SECONDS = 300.0
PAUSE_SECONDS = (0.02, 0.35)
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.scenarios.connected", "apprise.plugins.email"])
CUT = """
SELECT count(*) FILTER (WHERE state <> 'idle'), count(*) FILTER (WHERE pg_terminate_backend(pid))
FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'
"""
STATE = (
    "SELECT id, body FROM message",
    "SELECT episode, state, standing, next_wake FROM discharge",
    "SELECT episode, key, revision, status FROM duty",
    "SELECT episode, key, revision, status, reason FROM duty_revision",
    "SELECT reference, kind, recipient, state, duty_status FROM alert",
)


LOST = frozenset({"OperationalError"})
"""What a lost connection is called, whatever was under way: any other error is a surprise."""


@dataclass
class Tally:
    """What was done to the connections so far, and what came of it."""

    rounds: int = 0
    cut: int = 0
    cut_at_work: int = 0
    restarts: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    doubles: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, int | float | str]:
        """The figures of the table."""
        return {
            "rounds": self.rounds,
            "connections cut": self.cut,
            "of them at work": self.cut_at_work,
            "server restarts": self.restarts,
            "failed runs": self.failures.total(),
            "messages acknowledged": self.acknowledged,
            "alerts sent again": self.doubles,
        }


@dataclass(frozen=True, slots=True)
class Round:
    """What a walk through the arrivals came to."""

    state: list[list[tuple[Any, ...]]]
    received: Counter[tuple[str, str]]
    acknowledged: frozenset[str]
    failures: Counter[str]
    strange: frozenset[str]
    ended: bool


@dataclass
class Cutter:
    """Cuts every connection to a database at random moments, and restarts the server after so many that were cut."""

    server: Server
    chance: random.Random
    tally: Tally
    most: int
    restart_every: int

    def pause(self) -> float:
        """Return how many seconds to wait before the next blow."""
        return self.chance.uniform(*PAUSE_SECONDS)

    def strike(self, database: str) -> None:
        """Cut every connection once, or let the server fall."""
        if self.tally.cut >= self.most:
            return
        if self.tally.cut >= self.restart_every * (self.tally.restarts + 1):
            self.server.restart_hard()
            self.tally.restarts += 1
            return
        with psycopg.connect(host=str(self.server.socket), user="postgres", dbname="postgres") as connection:
            row = connection.execute(CUT, (database,)).fetchone() or (0, 0)
        self.tally.cut_at_work += row[0]
        self.tally.cut += row[1]


def measure(size: int, seed: int, *, planted: str = "") -> Measured:
    """Cut connections until `size` were cut; restart the server once for every fifty of them, and at least twice."""
    chance = random.Random(seed)  # noqa: S311  no secret
    tally = Tally()
    with TemporaryDirectory(prefix="hemgang-faults-") as folder, postgresql() as server:
        calm = _walk(Path(folder), server, "calm", None)
        if not calm.ended:
            tally.broken.append("in peace: it did not come to its end")
        cutter = Cutter(server, chance, tally, size, restart_every=max(1, min(50, size // 3)))
        while tally.cut < size and not tally.broken:
            tally.rounds += 1
            seen = _walk(Path(folder), server, f"round_{tally.rounds}", cutter, planted)
            _compare(seen, calm, tally)
    return Measured("connections", GOAL, size, seed, tally.figures, tuple(tally.broken))


def _walk(folder: Path, server: Server, name: str, cutter: Cutter | None, planted: str = "") -> Round:
    """Let engines and feeder walk through the arrivals on a new database, cut off by the cutter as it likes."""
    here = folder / name
    here.mkdir()
    database = open_database(server.new(name))
    first_start(database)
    database.close()
    with post_office() as post:
        _furnish(here, post)
        ended = _run(database.url, here, name, cutter, planted)
        time.sleep(0.1)
        return _seen(database, post, here, ended=ended)


def _furnish(here: Path, post: Post) -> None:
    plan = directory_text(county_of("23"), mail_host=HOST, mail_port=post.port)
    (here / "directory.toml").write_text(plan, encoding="utf-8")
    told = [(when.isoformat(), line) for when, line in county(1, seed=3, days=3)]
    (here / "arrivals.json").write_text(json.dumps(told), encoding="utf-8")


def _run(url: str, here: Path, name: str, cutter: Cutter | None, planted: str) -> bool:
    """Start the processes and wait for their end; return whether all came to it."""
    ends, orders = zip(*(Pipe() for _ in range(ENGINES)), strict=True)
    running = [FORKS.Process(target=connected.engine, args=(url, here, *one)) for one in enumerate(orders)]
    running.append(FORKS.Process(target=connected.feeder, args=(url, here, ends, planted)))
    for one in running:
        one.start()
    over_at = time.monotonic() + DEADLINE_SECONDS
    while running[-1].is_alive() and time.monotonic() < over_at:
        running[-1].join(cutter.pause() if cutter is not None else 1.0)
        if cutter is not None and running[-1].is_alive():
            cutter.strike(name)
    for one in running:
        one.join(10 if running[-1].exitcode == 0 else 0)
        one.kill()
        one.join()
    return all(one.exitcode == 0 for one in running)


def _seen(database: Database, post: Post, here: Path, *, ended: bool) -> Round:
    with database.reading() as session:
        state = [sorted(map(tuple, session.execute(text(query))), key=repr) for query in STATE]
    database.close()
    known = {str(row[0]) for row in state[-1]}
    received = Counter((mail.box, one) for mail in post.mails for one in mail.references if one in known)
    strange = frozenset(one for mail in post.mails for one in mail.references - {mail.reference}) - known
    failures = Counter[str]()
    for path in here.glob("failures-*"):
        failures.update(path.read_text(encoding="utf-8").split())
    acknowledged = frozenset((here / "acknowledged").read_text(encoding="utf-8").split())
    return Round(state, received, acknowledged, failures, strange, ended)


def _compare(seen: Round, calm: Round, tally: Tally) -> None:
    tally.failures += seen.failures
    tally.acknowledged += len(seen.acknowledged)
    tally.doubles += max(0, seen.received.total() - calm.received.total())
    said = {
        "it did not come to its end": not seen.ended,
        "an acknowledged message is not stored": not seen.acknowledged <= {str(row[0]) for row in seen.state[0]},
        "not all was acknowledged": seen.acknowledged != calm.acknowledged,
        "alerts never arrived": bool(set(calm.received) - set(seen.received)),
        "false alerts arrived": bool(set(seen.received) - set(calm.received) or seen.strange),
        f"it failed by {', '.join(set(seen.failures) - LOST)}": bool(set(seen.failures) - LOST),
    }
    for query, now, then in zip(STATE, seen.state, calm.state, strict=True):
        said[f"other rows than in peace: {query}"] = now != then
    tally.broken += [f"round {tally.rounds}: {what}" for what, is_so in said.items() if is_so]
