"""What every sweep asks first, and the heartbeat: a watcher outside hears of complete sweeps and of nothing else."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import anyio
import pytest

from deployments.server import HOST
from hemgang import clock
from hemgang.store import pulses, sending
from tasks import heartbeat, vigil
from tasks.delivery import send_pending
from tasks.discharges import claim
from tests.engine.post import post_office, small_directory
from tests.engine.walking import take
from tests.prefect.installed import Site

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
ADMITTED = {"type": "admitted", "at": START.isoformat(), "region": "23", "municipality": "2380", "care": "somatic"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path)
    made.inbox.mkdir()
    clock.set_virtual(made.clock, START)
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(vigil, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.0)
    monkeypatch.setattr(heartbeat, "_heard", {})
    with made.opened():
        yield made


class Watcher:
    """A watcher outside that counts what it hears."""

    def __init__(self) -> None:
        self.heard = 0
        watcher = self

        class Ears(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                watcher.heard += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer((HOST, 0), Ears)
        self.address = f"http://{HOST}:{self.server.server_address[1]}/secret-path"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    ears = Watcher()
    monkeypatch.setenv(heartbeat.VARIABLE, ears.address)
    yield ears
    ears.server.shutdown()


def sweep() -> tuple[int, bool]:
    """Sweep once with each loop; return how many discharges were claimed and whether anything was sent."""
    return len(anyio.run(claim, 10)), anyio.run(send_pending) is not None


def test_a_complete_sweep_of_both_loops_is_heard(site: Site, watcher: Watcher) -> None:
    assert anyio.run(claim, 10) == []
    assert watcher.heard == 0
    anyio.run(send_pending)
    assert watcher.heard == 1
    anyio.run(send_pending)
    assert watcher.heard == 1  # the watch has not swept again
    sweep()
    assert watcher.heard == 2


def test_while_something_is_due_nothing_is_heard(site: Site, watcher: Watcher) -> None:
    take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
    assert sweep()[0] == 1
    assert watcher.heard == 0


def test_while_sending_is_held_nothing_is_heard(site: Site, watcher: Watcher) -> None:
    with site.database.writing() as session:
        sending.hold(session, why="by_hand", by="Bo", now=START)
    sweep()
    sweep()
    assert watcher.heard == 0


def test_a_watcher_that_is_not_there_holds_nothing_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, f"http://{HOST}:1/secret-path ftp://nonsense")
    sweep()
    assert "did not answer" in caplog.text
    assert "secret-path" not in caplog.text


def test_a_clock_put_back_decides_nothing_and_tells_the_operator_once(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office() as post:
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(small_directory(tmp_path, post.port)))
        with site.opened():
            assert sweep() == (0, False)
            take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
            clock.set_virtual(site.clock, START - timedelta(hours=1))
            assert sweep() == (0, False)
            assert sweep() == (0, False)
            assert [mail.box for mail in post.mails] == ["operator"]
            assert "klockan" in post.mails[0].text
            clock.set_virtual(site.clock, START + timedelta(seconds=1))
            assert sweep()[0] == 1


def test_a_clock_that_stood_in_the_future_is_let_go_by_a_release(site: Site) -> None:
    clock.set_virtual(site.clock, START + timedelta(days=900))
    sweep()
    clock.set_virtual(site.clock, START)
    assert vigil.moment() is None
    with site.database.writing() as session:
        sending.release(session, by="Bo", now=START)
    assert vigil.moment() == START


def test_pulses_say_when_each_loop_swept_to_its_end(site: Site) -> None:
    sweep()
    sweep()
    with site.database.reading() as session:
        found = pulses.pulses(session)
    assert {name: (one.at, one.count) for name, one in found.items()} == {"watch": (START, 2), "deliver": (START, 2)}
