"""Killed at any instant: nothing that was taken in is lost, no alert is lost, none is invented, doubles say so."""

import json
import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlalchemy import text

from deployments.server import HOST
from hemgang.simulate import county_of, directory_text
from hemgang.store.database import Database, open_database
from hemgang.store.migrate import upgrade
from hemgang.store.tables import SettingRow
from tests.conftest import KINDS, empty_database
from tests.engine.post import Post, post_office
from tests.engine.walking import Arrivals, county
from tests.faults import engine_child

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.engine_child", "apprise.plugins.email"])
KILLS = int(os.environ.get("HEMGANG_TEST_KILLS", "25"))
ARRIVALS: Arrivals = county(1, seed=3, days=4)
UNTIL = ARRIVALS[-1][0]


@dataclass
class Site:
    """One installation in a folder of its own, with its post."""

    folder: Path
    database: Database
    post: Post

    def start(self) -> "tuple[ForkServerProcess, Event]":
        """Start the engine, forked from a server that has imported all it needs."""
        ready = FORKS.Event()
        child = FORKS.Process(target=engine_child.main, args=(self.database.url, self.folder, UNTIL, ready))
        child.start()
        return child, ready

    def finish(self) -> None:
        """Run the engine to its end."""
        child, _ = self.start()
        child.join(60)
        assert child.exitcode == 0

    def kill_after(self, seconds: float) -> bool:
        """Start the engine and kill it some time after it began to work; return whether it was still at work."""
        child, ready = self.start()
        assert ready.wait(30)
        child.join(seconds)
        child.kill()
        child.join()
        return child.exitcode == -SIGKILL


def site(url: str, folder: Path, post: Post) -> Site:
    """Make an empty installation whose references are those of any other here."""
    folder.mkdir()
    plan = directory_text(county_of("23"), mail_host=HOST, mail_port=post.port)
    (folder / "directory.toml").write_text(plan, encoding="utf-8")
    told = [(when.isoformat(), line) for when, line in ARRIVALS]
    (folder / "arrivals.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "clock").write_text(ARRIVALS[0][0].isoformat(), encoding="utf-8")
    database = open_database(url)
    upgrade(database)
    with database.writing() as session:
        session.add(SettingRow(key="reference_secret", value="ab" * 32))
    return Site(folder, database, post)


def alerts(database: Database) -> list[tuple[object, ...]]:
    """Return every alert with where it ended."""
    with database.reading() as session:
        rows = session.execute(text("SELECT reference, kind, recipient, state, duty_status FROM alert"))
        return sorted(tuple(row) for row in rows)


def messages(database: Database) -> set[str]:
    """Return the ids of all stored messages."""
    with database.reading() as session:
        return set(session.scalars(text("SELECT id FROM message")))


def received(post: Post, known: set[str]) -> Counter[tuple[str, str]]:
    """Return how often each alert reached each box."""
    return Counter((one, mail.box) for mail in post.mails for one in mail.references & known)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, float]:
    """Return an installation that was left in peace, and how long it took in seconds."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with post_office() as post:
        calm = site(f"sqlite:///{folder / 'calm.db'}", folder / "site", post)
        began = time.monotonic()
        calm.finish()
        return calm, time.monotonic() - began


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_instant(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, undisturbed: tuple[Site, float]
) -> None:
    calm, seconds = undisturbed
    wanted = alerts(calm.database)
    known = {str(row[0]) for row in wanted}
    expected = received(calm.post, known)
    assert len(expected) > 10
    chance = random.Random(f"kills/{kind}")  # noqa: S311  no secret
    with post_office() as post:
        shaken = site(empty_database(request, kind, tmp_path), tmp_path / "site", post)
        kills, acknowledged = 0, set[str]()
        for _ in range(KILLS):
            kills += shaken.kill_after(chance.uniform(0.0, seconds / 12))
            now_stored = messages(shaken.database)
            assert acknowledged <= now_stored
            acknowledged = now_stored
        assert datetime.fromisoformat((shaken.folder / "clock").read_text(encoding="utf-8")) <= UNTIL
        shaken.finish()
        got = received(post, known)
        assert kills >= KILLS * 2 // 3
        assert messages(shaken.database) == messages(calm.database)
        assert set(expected) - set(got) == set(), "lost"
        assert set(got) - set(expected) == set(), "invented"
        assert sum(got.values()) - sum(expected.values()) <= kills * 8
        strange = {one for mail in post.mails for one in mail.references - {mail.reference}} - known
        assert strange == set()
        assert alerts(shaken.database) == wanted
    shaken.database.close()
