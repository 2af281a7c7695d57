"""When the engine looks itself: only where no flow looks, and until one does again."""

import asyncio
from pathlib import Path

import pytest

from hemgang.settings import Settings
from hemgang.worker.fallback import run_fallback
from hemgang.worker.loops import Liveness, Loop
from hemgang.worker.worker import Worker, open_worker

AFTER, EVERY = 0.3, 0.02


def test_who_looks_is_not_idle_however_long_it_takes_and_idle_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    liveness = Liveness()
    now[0] += 7
    assert liveness.idle_seconds(Loop.WATCH) == 7
    with liveness.looking(Loop.WATCH), liveness.looking(Loop.WATCH):
        now[0] += 60
        assert liveness.idle_seconds(Loop.WATCH) == 0
    assert (liveness.idle_seconds(Loop.WATCH), liveness.idle_seconds(Loop.DELIVER)) == (0, 67)


def test_a_look_that_fails_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    liveness = Liveness()
    now[0] += 7
    with pytest.raises(ZeroDivisionError), liveness.looking(Loop.WATCH):
        _ = 1 / 0
    assert liveness.idle_seconds(Loop.WATCH) == 0


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return open_worker(Settings(database=f"sqlite:///{tmp_path / 'hemgang.db'}", state=tmp_path / "state"))


def test_the_engine_looks_while_no_flow_does_and_for_no_other_loop(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[Loop] = []

    async def fails(_: Worker) -> None:
        looks.append(Loop.WATCH)
        raise OSError("the database is away")

    async def sends(_: Worker) -> None:
        looks.append(Loop.DELIVER)

    async def flow_for(seconds: float) -> None:
        for _ in range(int(seconds / EVERY)):
            with worker.liveness.looking(Loop.WATCH):
                await asyncio.sleep(EVERY)

    async def play() -> tuple[int, int]:
        stop = asyncio.Event()
        actions = {Loop.WATCH: fails, Loop.DELIVER: sends}
        running = run_fallback(worker, [Loop.WATCH], stop, after_seconds=AFTER, every_seconds=EVERY, actions=actions)
        fallback = asyncio.create_task(running)
        await flow_for(2 * AFTER)
        beside_it = len(looks)
        while len(looks) - beside_it <= 2:
            await asyncio.sleep(EVERY)
        alone = len(looks)
        await flow_for(AFTER)
        stop.set()
        await fallback
        return beside_it, alone

    beside_it, alone = asyncio.run(asyncio.wait_for(play(), 60))
    assert beside_it == 0
    assert alone > 2
    assert set(looks) == {Loop.WATCH}
    assert caplog.text.count("the engine looks itself") == 1
