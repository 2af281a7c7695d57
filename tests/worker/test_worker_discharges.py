"""What the watch does besides stepping: it waits for the next timer, and not for the claims of the dead."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from hemgang import clock
from hemgang.services.advance import claim_due
from hemgang.store import outbox
from hemgang.store.tables import DischargeRow
from hemgang.worker.leases import host, machine_name
from hemgang.worker.sweeps import SHORTEST_WAIT_S, claim, seconds_to_next_timer, send_pending, step_batch
from tests.prefect.installed import Site
from tests.services.post import post_office, small_directory
from tests.services.walking import take

UNASKED: list["subprocess.Popen[bytes]"] = []
ADMITTED = {"type": "admitted", "region": "23", "municipality": "2380", "care": "somatic"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An installation by the machine's clock."""
    made = Site(tmp_path)
    made.inbox.mkdir()
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HEMGANG_CLOCK")
    with made.opened():
        yield made


def admit(site: Site) -> datetime:
    now = clock.machine_now()
    take(site.database, ADMITTED | {"id": "m1", "episode": "e1", "at": now.isoformat()}, now=now)
    return now


@pytest.mark.parametrize(("in_seconds", "least", "most"), [(None, 2.0, 2.0), (1.5, 1.0, 1.5), (-9.0, 2.0, 2.0)])
def test_the_watch_waits_for_the_next_timer_but_not_for_one_that_another_holds(
    site: Site, in_seconds: float | None, least: float, most: float
) -> None:
    now = admit(site)
    due = None if in_seconds is None else now + timedelta(seconds=in_seconds)
    with site.database.writing() as session:
        session.execute(update(DischargeRow).values(next_wake=due))
    assert least <= anyio.run(seconds_to_next_timer, site.worker, 2.0) <= most


def test_timers_close_together_are_looked_at_together(site: Site) -> None:
    now = admit(site)
    with site.database.writing() as session:
        session.execute(update(DischargeRow).values(next_wake=now + timedelta(days=9)))
    assert anyio.run(seconds_to_next_timer, site.worker, SHORTEST_WAIT_S / 2) == SHORTEST_WAIT_S / 2
    with site.database.writing() as session:
        session.execute(update(DischargeRow).values(next_wake=now + timedelta(seconds=30)))
    assert anyio.run(seconds_to_next_timer, site.worker, 60.0) > SHORTEST_WAIT_S


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def ended_pid() -> int:
    """Return the number of a process that has ended and that its parent, we, did not ask after."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    UNASKED.append(child)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    return child.pid


@pytest.mark.parametrize(
    ("owner", "freed"),
    [
        (lambda: f"{machine_name()}-{dead_pid()}-0011aabb", True),
        (lambda: f"{machine_name()}-{ended_pid()}-0011aabb", True),
        (lambda: f"{machine_name()}-{os.getppid()}-0011aabb", False),
        (lambda: f"elsewhere-0011aabb-{dead_pid()}-0011aabb", False),
        (lambda: f"{host()}-00000000-{dead_pid()}-0011aabb", False),
        (lambda: "test", False),
    ],
    ids=["dead", "ended", "alive", "another machine", "same name, other processes", "no worker's name"],
)
def test_what_a_dead_process_of_this_machine_held_is_free_at_the_next_look(
    site: Site, owner: object, freed: bool
) -> None:
    now = admit(site)
    assert callable(owner)
    assert claim_due(site.database, now=now, owner=owner(), limit=9)
    assert [one.episode for one in anyio.run(claim, site.worker, 9)] == (["e1"] if freed else [])


def test_what_this_process_is_at_stays_its_own_and_what_it_failed_on_is_free_at_the_next_look(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fallen(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, OSError("the server closed the connection"))

    admit(site)
    claims = anyio.run(claim, site.worker, 9)
    assert [one.episode for one in claims] == ["e1"]
    assert anyio.run(claim, site.worker, 9) == []
    monkeypatch.setattr("hemgang.worker.sweeps.advance", fallen)
    with pytest.raises(OperationalError):
        anyio.run(step_batch, site.worker, claims)
    monkeypatch.undo()
    assert [one.episode for one in anyio.run(claim, site.worker, 9)] == ["e1"]


def test_alerts_whose_sending_broke_off_are_sent_at_the_next_look(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fallen(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE alert", {}, OSError("the server closed the connection"))

    with post_office() as post:
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(small_directory(tmp_path, post.port)))
        with site.opened():
            ago = clock.machine_now() - timedelta(hours=21)
            take(
                site.database,
                ADMITTED | {"id": "m1", "episode": "e1", "at": ago.isoformat(), "clinic": "ward-1"},
                now=ago,
            )
            anyio.run(step_batch, site.worker, anyio.run(claim, site.worker, 9))
            with monkeypatch.context() as broken:
                broken.setattr(outbox, "record", fallen)
                with pytest.raises(OperationalError):
                    anyio.run(send_pending, site.worker)
            again = anyio.run(send_pending, site.worker)
    assert again is not None
    assert (again.delivered, again.alerts) == (1, 1)
    assert sorted(post.alerts.values()) == [2]  # what came of the first try was not known


def test_a_worker_is_named_once_by_its_machine_and_fits_the_column(site: Site) -> None:
    name = site.worker.name
    assert name.startswith(f"{machine_name()}-{os.getpid()}-")
    assert site.worker.name == name == site.worker.sender.owner
    assert len("x" * 30 + machine_name()[len(host()) :] + "-4194304-0011aabb") <= 64
