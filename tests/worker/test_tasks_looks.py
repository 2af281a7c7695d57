"""When the engine looks itself: only where no flow looks, and until one does again."""

import asyncio

import pytest

from deployments import standing_in
from hemgang.worker.loops import Loop, begin_to_count, beside_flows, idle_seconds, looking

AFTER, EVERY = 0.3, 0.02


def test_who_looks_is_not_idle_however_long_it_takes_and_idle_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    begin_to_count()
    now[0] += 7
    assert idle_seconds(Loop.WATCH) == 7
    with looking(Loop.WATCH), looking(Loop.WATCH):
        now[0] += 60
        assert idle_seconds(Loop.WATCH) == 0
    assert (idle_seconds(Loop.WATCH), idle_seconds(Loop.DELIVER)) == (0, 67)


def test_a_look_that_fails_is_one_and_a_look_beside_the_flows_is_none() -> None:
    async def look() -> float:
        beside_flows()
        before = idle_seconds(Loop.WATCH)
        with looking(Loop.WATCH):
            return idle_seconds(Loop.WATCH) - before

    with pytest.raises(ZeroDivisionError), looking(Loop.WATCH):
        _ = 1 / 0
    assert idle_seconds(Loop.WATCH) < 1
    assert asyncio.run(look()) >= 0


def test_the_engine_looks_while_no_flow_does_and_for_no_other_loop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[Loop] = []

    async def fails() -> None:
        looks.append(Loop.WATCH)
        raise OSError("the database is away")

    async def sends() -> None:
        looks.append(Loop.DELIVER)

    monkeypatch.setattr(standing_in, "LOOKS", {Loop.WATCH: fails, Loop.DELIVER: sends})

    async def flow_for(seconds: float) -> None:
        for _ in range(int(seconds / EVERY)):
            with looking(Loop.WATCH):
                await asyncio.sleep(EVERY)

    async def play() -> tuple[int, int]:
        stop = asyncio.Event()
        net = asyncio.create_task(standing_in.stand_in([Loop.WATCH], stop, after_seconds=AFTER, every_seconds=EVERY))
        await flow_for(2 * AFTER)
        beside_it = len(looks)
        await asyncio.sleep(3 * AFTER)
        alone = len(looks)
        await flow_for(AFTER)
        stop.set()
        await net
        return beside_it, alone

    beside_it, alone = asyncio.run(play())
    assert beside_it == 0
    assert alone > 2
    assert set(looks) == {Loop.WATCH}
    assert caplog.text.count("the engine looks itself") == 1
