"""What every sweep asks first, and the heartbeat: a watcher outside hears of complete sweeps and of nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import anyio
import pytest
from sqlalchemy import update

from deployments.prefect_server import HOST
from hemgang import clock
from hemgang.services import advance as looking_at
from hemgang.services import operator_alarm
from hemgang.store import installation, monitoring
from hemgang.store.monitoring import LastSweep
from hemgang.store.tables import DischargeRow, HeartbeatRow
from hemgang.worker import heartbeat, worker
from hemgang.worker.loops import Background
from hemgang.worker.sweeps import claim, files_waiting, send_pending, step_batch
from tests.prefect.installed import Site
from tests.services.post import post_office, small_directory
from tests.services.walking import take

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
ADMITTED = {"type": "admitted", "at": START.isoformat(), "region": "23", "municipality": "2380", "care": "somatic"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path)
    made.inbox.mkdir()
    clock.set_virtual(made.clock, START)
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "RECORD_EVERY_S", 0.0)
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.0)
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
def watcher(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    ears = Watcher()
    monkeypatch.setenv("HEMGANG_HEARTBEAT_URL", ears.address)
    with site.opened():
        yield ears
    ears.server.shutdown()


def sweep(site: Site) -> tuple[int, bool]:
    """Sweep once with each loop; return how many discharges were claimed and whether anything was sent."""
    anyio.run(files_waiting, site.worker)
    found = len(anyio.run(claim, site.worker, 10)), anyio.run(send_pending, site.worker) is not None
    assert site.worker.background.wait()
    return found


def test_a_complete_sweep_of_both_loops_is_heard(site: Site, watcher: Watcher) -> None:
    heard = []
    for look in (partial(claim, limit=10), files_waiting, send_pending, send_pending):
        anyio.run(look, site.worker)
        assert site.worker.background.wait()
        heard.append(watcher.heard)
    assert heard == [0, 0, 1, 1]  # at the last the others have not swept again
    sweep(site)
    assert watcher.heard == 2


def test_after_a_restore_under_a_running_engine_complete_sweeps_are_heard_again(site: Site, watcher: Watcher) -> None:
    for _ in range(4):
        sweep(site)
    heard = watcher.heard
    assert heard > 1
    with site.database.writing() as session:
        session.execute(update(HeartbeatRow).values(count=1))
    anyio.run(send_pending, site.worker)  # the others have not swept since the restore
    assert site.worker.background.wait()
    assert watcher.heard == heard
    with site.database.writing() as session:
        installation.release_delivery(session, by="Bo", now=START)
    sweep(site)
    sweep(site)
    assert watcher.heard > heard


def test_without_the_inbox_having_been_looked_at_nothing_is_heard(site: Site, watcher: Watcher) -> None:
    anyio.run(claim, site.worker, 10)
    anyio.run(send_pending, site.worker)
    assert site.worker.background.wait()
    assert watcher.heard == 0


def test_an_engine_for_one_county_is_not_heard_by_the_sweeps_of_another(
    site: Site, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
    with site.database.writing() as session:
        session.execute(update(DischargeRow).values(region="23", next_wake=None))
    for county in ("22", "22"):
        monkeypatch.setenv("HEMGANG_REGIONS", county)
        with site.opened():
            sweep(site)
    heard = watcher.heard
    assert heard > 0
    with site.database.reading() as session:
        found = monitoring.last_sweeps(monitoring.heartbeats(session), ["23"])
    assert found["watch"] == found["deliver"] == LastSweep(None, "23")
    monkeypatch.setenv("HEMGANG_REGIONS", "23")
    with site.opened():
        anyio.run(claim, site.worker, 10)
        anyio.run(files_waiting, site.worker)
        with site.database.writing() as session:
            monitoring.record_heartbeat(session, "deliver/22", now=START, host="other")
        assert site.worker.heartbeat.send(site.database) is False
        sweep(site)
    assert watcher.heard == heard + 1


@contextmanager
def never_answers() -> Iterator[str]:
    """A server that takes calls and says nothing."""
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield f"{HOST}:{server.getsockname()[1]}"


def test_a_watcher_that_takes_a_call_and_says_nothing_holds_nothing_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "TIMEOUT_S", 5.0)
    with never_answers() as place:
        monkeypatch.setenv("HEMGANG_HEARTBEAT_URL", f"http://{place}/")
        with site.opened():
            began = time.monotonic()
            for _ in range(3):
                anyio.run(files_waiting, site.worker)
                anyio.run(claim, site.worker, 10)
                anyio.run(send_pending, site.worker)
            assert time.monotonic() - began < heartbeat.TIMEOUT_S
            background = site.worker.background
            assert not background.wait(0.0)
    assert background.wait(10.0)


def test_an_operators_channel_that_says_nothing_holds_no_step_up(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_alarm, "SEND_TIMEOUT_S", 5.0)
    monkeypatch.setattr(looking_at, "evaluate_discharge", partial(fail, "on purpose"))
    with never_answers() as place:
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(small_directory(tmp_path, int(place.rpartition(":")[2]))))
        with site.opened():
            take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
            began = time.monotonic()
            claims = anyio.run(claim, site.worker, 10)
            outcome = anyio.run(step_batch, site.worker, claims)
            assert time.monotonic() - began < operator_alarm.SEND_TIMEOUT_S
            assert len(outcome.set_aside) == 1
            background = site.worker.background
            assert not background.wait(0.0)
    assert background.wait(10.0)


def test_work_beside_that_fails_is_said_and_is_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()
    for _ in range(2):
        assert background.start("this", partial(fail, "the name of a person"))
        assert background.wait()
    assert [one.message.count("OSError") for one in caplog.records] == [1, 1]
    assert "person" not in caplog.text


def fail(text: str, *_: object, **__: object) -> None:
    raise OSError(text)


def test_while_something_is_due_nothing_is_heard(site: Site, watcher: Watcher) -> None:
    take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
    assert sweep(site)[0] == 1
    assert watcher.heard == 0


def test_while_sending_is_held_nothing_is_heard(site: Site, watcher: Watcher) -> None:
    with site.database.writing() as session:
        installation.hold_delivery(session, why="by_hand", by="Bo", now=START)
    sweep(site)
    sweep(site)
    assert watcher.heard == 0


def test_a_watcher_that_is_not_there_holds_nothing_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HEMGANG_HEARTBEAT_URL", f"http://{HOST}:1/secret-path")
    with site.opened():
        sweep(site)
    assert "did not answer" in caplog.text
    assert "secret-path" not in caplog.text


def test_a_clock_put_back_decides_nothing_and_tells_the_operator_once(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office() as post:
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(small_directory(tmp_path, post.port)))
        with site.opened():
            assert sweep(site) == (0, False)
            take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
            clock.set_virtual(site.clock, START - timedelta(hours=1))
            assert sweep(site) == (0, False)
            assert sweep(site) == (0, False)
            assert [mail.box for mail in post.mails] == ["operator"]
            assert "klockan" in post.mails[0].text
            clock.set_virtual(site.clock, START + timedelta(seconds=1))
            assert sweep(site)[0] == 1


def test_a_damaged_state_is_told_to_the_operator_and_the_work_goes_on(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office() as post:
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(small_directory(tmp_path, post.port)))
        with site.opened():
            sweep(site)
            (file,) = site.worker.installation.settings.state.glob("seen-*.json")
            file.write_bytes(b"")
            take(site.database, ADMITTED | {"id": "m1", "episode": "e1"}, now=START)
            site.worker.guard_against_restore(START)
            assert sweep(site)[0] == 1
            assert [mail.box for mail in post.mails] == ["operator"]
            assert "mapp" in post.mails[0].text


def test_a_clock_that_stood_in_the_future_is_let_go_by_a_release(site: Site) -> None:
    clock.set_virtual(site.clock, START + timedelta(days=900))
    sweep(site)
    clock.set_virtual(site.clock, START)
    assert site.worker.guarded_now() is None
    with site.database.writing() as session:
        installation.release_delivery(session, by="Bo", now=START)
    assert site.worker.guarded_now() == START


def test_pulses_say_when_each_loop_swept_to_its_end(site: Site) -> None:
    sweep(site)
    sweep(site)
    names = ("watch", "watch/*", "deliver", "deliver/*", "inbox")
    with site.database.reading() as session:
        found = monitoring.heartbeats(session)
    assert {name: (one.at, one.count) for name, one in found.items()} == dict.fromkeys(names, (START, 2))


def test_a_directory_that_breaks_under_a_running_engine_is_told_once_and_the_last_good_one_holds(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with post_office() as post:
        directory = small_directory(tmp_path, post.port)
        good = directory.read_text(encoding="utf-8")
        monkeypatch.setenv("HEMGANG_DIRECTORY", str(directory))
        with site.opened():
            here = site.worker.installation
            monkeypatch.setattr(here.current, "_every_s", 0.0)
            sweep(site)
            directory.write_text(good + "\n[[channel", encoding="utf-8")
            for _ in range(3):
                sweep(site)
            assert [mail.box for mail in post.mails] == ["operator"]
            assert "senaste giltiga" in post.mails[0].text
            assert here.rules.directory is not None
            directory.unlink()
            for _ in range(3):
                sweep(site)
            directory.write_text(good, encoding="utf-8")
            for _ in range(3):
                sweep(site)
            assert not here.current.broken
            assert len(post.mails) == 1
    said = [record.message for record in caplog.records]
    assert sum("cannot be used any more" in one for one in said) == 1
    assert sum("changed file of the directory was loaded" in one for one in said) == 1
