"""The worker of a process: the one that was given, else one from the environment; two share no state."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hemgang.settings import Settings
from hemgang.worker.loops import Loop
from hemgang.worker.worker import Worker, open_worker
from tasks import current
from tasks.current import current_worker, use_worker


def worker(folder: Path, name: str) -> Worker:
    return open_worker(Settings(database=f"sqlite:///{folder / name}.db", state=folder / "state"))


def test_the_worker_that_is_given_is_that_of_every_thread_until_the_block_ends(tmp_path: Path) -> None:
    with use_worker(worker(tmp_path, "outer")) as outer:
        with use_worker(worker(tmp_path, "inner")) as inner, ThreadPoolExecutor(2) as threads:
            assert {threads.submit(current_worker).result() for _ in range(4)} == {inner}
        assert current_worker() is outer


def test_where_none_is_given_many_threads_open_one_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "_HOLDER", current._Holder())
    monkeypatch.setenv("HEMGANG_DATABASE", f"sqlite:///{tmp_path / 'hemgang.db'}")
    monkeypatch.setenv("HEMGANG_STATE", str(tmp_path / "state"))
    with ThreadPoolExecutor(8) as threads:
        workers = {one.result() for one in [threads.submit(current_worker) for _ in range(8)]}
    assert len(workers) == 1
    workers.pop().close()


def test_two_workers_of_one_process_share_no_state(tmp_path: Path) -> None:
    with use_worker(worker(tmp_path, "one")) as one, use_worker(worker(tmp_path, "other")) as other:
        one.stop()
        assert one.lifetime(60).over
        assert not other.lifetime(60).over
        with one.liveness.looking(Loop.WATCH):
            assert one.liveness.idle_seconds(Loop.WATCH) == 0
            assert other.liveness.idle_seconds(Loop.WATCH) > 0
        assert one.newly_unread(frozenset({"a"})) == ["a"] == other.newly_unread(frozenset({"a"}))
        assert one.name != other.name
