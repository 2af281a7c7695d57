"""The production shape, small: Prefect on PostgreSQL behind a password, two engines, one of them killed at work."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psycopg
import pytest

from deployments.stand.__main__ import make_plan, running_stand
from deployments.stand.plan import Plan
from deployments.supervisor import Child
from hemgang import clock
from tests.deployments.shapes import FOLDER

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.postgresql,
    pytest.mark.faults,
    pytest.mark.xdist_group("stand"),
]

EXAMPLE = FOLDER.parent / "tests" / "cases" / "jamtland-exempel-1.ndjson"
STORED_AT = datetime(2023, 3, 7, 11, tzinfo=UTC)
LEFT = "SELECT count(*) FROM discharge WHERE stepped_at IS NULL"


@pytest.mark.usefixtures("postgresql_folder")  # lets another user reach the wheel's programs, where root runs this
def test_a_killed_engine_s_work_is_done_by_the_other_and_nobody_gets_in_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with small_stand(monkeypatch) as (plan, children):
        assert answer(plan, "/admin/version", None) == 401
        assert answer(plan, "/admin/version", "hemgang:guessed") == 401
        assert answer(plan, "/admin/version", plan.passwords.auth) == 200
        assert answer(plan, "/health", None) == 200
        with steps_held_up(plan):
            take_in(plan)
            killed = kill_the_one_that_works(plan, children)
            assert ask(plan, LEFT) != [0]
        until(lambda: ask(plan, LEFT) == [0])  # well before the dead one's leases run out
        assert killed.process.wait() == -signal.SIGKILL
        assert [child.process.poll() for child in children if child is not killed] == [None] * (len(children) - 1)
        until(lambda: runs(plan) > 0)
    assert all(child.process.poll() is not None for child in children)


@contextmanager
def small_stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Plan, list[Child]]]:
    """Start one API server and two engines that give every discharge a run, in a folder that another user can reach."""
    with TemporaryDirectory(prefix="hemgang-stand-") as name:
        folder = Path(name)
        clock.set_virtual(folder / "clock", STORED_AT)
        for set_by_others in [name for name in os.environ if name.startswith("HEMGANG_")]:
            monkeypatch.delenv(set_by_others)
        monkeypatch.setattr(
            "deployments.stand.plan.PAGE_PORT", 0
        )  # any: another stand may be starting on the usual one
        monkeypatch.setenv("HEMGANG_CLOCK", str(folder / "clock"))
        monkeypatch.setenv("HEMGANG_RUNS_A_SECOND", "50")
        monkeypatch.setenv("HEMGANG_STAND_IN_SECONDS", "600")
        plan = make_plan(folder, engines=2, host="127.0.0.1", one_server=True, worker=False)
        with running_stand(plan) as children:
            yield plan, children


@contextmanager
def steps_held_up(plan: Plan) -> Iterator[None]:
    """Let an engine claim discharges and then wait, before it writes what follows, until the block ends."""
    until(lambda: ask(plan, "SELECT to_regclass('duty') IS NOT NULL") == [True])
    with psycopg.connect(plan.database) as connection:
        connection.execute("LOCK TABLE duty IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


def take_in(plan: Plan) -> None:
    """Take in three discharges of the example: few enough to get a run each."""
    three = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if re.search(r'"jh1-0[1-3]"', line)]
    subprocess.run(
        [sys.executable, "-m", "hemgang", "ingest", "-"],
        input="\n".join(three),
        text=True,
        env=os.environ | plan.for_clients(),
        check=True,
        capture_output=True,
    )


def kill_the_one_that_works(plan: Plan, children: list[Child]) -> Child:
    """Kill an engine that holds claims, while it holds them."""
    holding = "SELECT lease_owner FROM discharge WHERE lease_until IS NOT NULL ORDER BY lease_owner"
    until(lambda: bool(ask(plan, holding)))
    owner = ask(plan, holding)[0]
    [child] = [child for child in children if f"-{child.process.pid}-" in str(owner)]
    child.process.kill()
    return child


def answer(plan: Plan, path: str, auth: str | None) -> int:
    headers = {"Authorization": f"Basic {b64encode(auth.encode()).decode()}"} if auth else {}
    return httpx.get(plan.api + path, headers=headers, timeout=20).status_code


def ask(plan: Plan, query: str) -> list[object]:
    with psycopg.connect(plan.database, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def runs(plan: Plan) -> int:
    """Return how many discharge runs have ended in Prefect's own database, wherever this PostgreSQL lets it be."""
    query = (
        "SELECT count(*) FROM flow_run JOIN flow ON flow.id = flow_run.flow_id "
        "WHERE flow.name = 'discharge' AND flow_run.state_type = 'COMPLETED'"
    )
    if plan.embedded:
        with closing(sqlite3.connect(plan.prefect_file, timeout=30)) as file:
            return int(file.execute(query).fetchone()[0])
    with psycopg.connect(
        host=plan.host,
        port=plan.ports.postgresql,
        user="prefect",
        password=plan.passwords.prefect,
        dbname="prefect",
    ) as connection:
        [count] = connection.execute(query).fetchone() or (0,)
        return int(count)


def until(done: Callable[[], bool]) -> None:
    ends = time.monotonic() + 300
    while not done():
        assert time.monotonic() < ends, "nothing came of it"
        time.sleep(0.1)
