"""The engine process killed -9 while discharges are due: a second one finishes them, as if nothing had happened."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hemgang import clock
from hemgang.services.advance import advance, claim_due
from tasks.current import current_worker
from tests.prefect.installed import Runs, Site, engine_process

pytestmark = [pytest.mark.prefect, pytest.mark.faults, pytest.mark.xdist_group("prefect")]

DUE = 15
BY_RUNS = {"HEMGANG_RUN_LIMIT": str(DUE), "HEMGANG_RUNS_A_SECOND": "1000", "HEMGANG_STAND_IN_SECONDS": "600"}
"""A run for each, which is slow enough to be killed between two."""
HELD = "SELECT count(*) FROM discharge WHERE lease_until IS NOT NULL"
STEPPED = "SELECT count(*) FROM discharge WHERE stepped_at IS NOT NULL"
STUCK = (
    "CREATE VIEW endless AS WITH RECURSIVE step (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step) SELECT n FROM step",
    "CREATE TRIGGER stuck BEFORE UPDATE OF stepped_at ON discharge"
    " WHEN NEW.stepped_at IS NOT NULL AND (SELECT count(*) FROM discharge WHERE stepped_at IS NOT NULL) >= 2"
    " BEGIN SELECT count(*) FROM endless; END",
)
"""The third step never ends, so that the engine can be killed in the midst of it."""
FREE = ("DROP TRIGGER stuck", "DROP VIEW endless")
LEASES_OVER = "UPDATE discharge SET lease_until = '2023-01-01 00:00:00.000000' WHERE lease_until IS NOT NULL"


@contextmanager
def engine(site: Site, server: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with engine_process(site.environment() | BY_RUNS | {"PREFECT_API_URL": server}, log) as child:
        yield child


def until(done: Callable[[], bool], child: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for what an engine brings about; one that ended, or takes minutes, fails with what it said."""
    ends = time.monotonic() + 300
    while not done():
        assert child.poll() is None and time.monotonic() < ends, log.read_text(encoding="utf-8")  # noqa: PT018
        time.sleep(0.02)


def stepped(site: Site) -> int:
    return int(site.ask(STEPPED)[0])


def test_what_a_killed_engine_held_is_finished_by_the_next(site: Site, runs: Runs, server: str, tmp_path: Path) -> None:
    site.leave_due(DUE)
    undisturbed = site.copied_to(tmp_path / "undisturbed")
    log = tmp_path / "engine.log"
    for statement in STUCK:
        site.change(statement)

    with engine(site, server, log) as first:
        until(lambda: stepped(site) == 2, first, log)
        first.send_signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL
    assert stepped(site) == 2
    assert site.ask(HELD) == [DUE - 2]

    for statement in (*FREE, LEASES_OVER):
        site.change(statement)
    with engine(site, server, log) as second:
        until(lambda: stepped(site) == DUE, second, log)
        until(lambda: site.ask(HELD) == [0], second, log)
    left, expected = site.tables(), by_the_step_alone(undisturbed)
    assert {name: {*left[name]} ^ {*rows} for name, rows in expected.items() if left[name] != rows} == {}
    assert {run.state_name for run in runs.of("watch")} & {"Running", "Crashed", "Cancelled"}


def by_the_step_alone(site: Site) -> dict[str, list[tuple[object, ...]]]:
    """Return the tables as the same steps leave them without Prefect, without a kill."""
    os.environ["HEMGANG_DATABASE"] = site.environment()["HEMGANG_DATABASE"]
    with site.opened():
        here = current_worker().installation
        claims = claim_due(here.database, now=clock.now(), owner="test", limit=100)
        advance(here.database, claims, here.rules, now=clock.now())
        return site.tables()


def test_an_engine_that_is_told_to_stop_ends_its_runs_and_none_crashes(
    site: Site, runs: Runs, server: str, tmp_path: Path
) -> None:
    site.leave_due(DUE)
    log = tmp_path / "engine.log"
    before = {run.id for name in ("watch", "deliver", "ingest-inbox") for run in runs.of(name)}
    with engine(site, server, log) as child:
        until(lambda: stepped(site) >= 2, child, log)
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=300) == 0
    said = log.read_text(encoding="utf-8")
    assert '"engine_stopping"' in said
    assert '"engine_stopped"' in said
    assert '"level": "error"' not in said
    ended = [run for name in ("watch", "deliver", "ingest-inbox") for run in runs.of(name) if run.id not in before]
    assert {run.state_name for run in ended} >= {"Completed"}
    assert "Crashed" not in {run.state_name for run in ended}
    assert site.ask(HELD) == [0]
