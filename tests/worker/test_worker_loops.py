"""How many runs a watch may start: a burst saved up, then so many a second. Who waits is woken from any thread."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from hemgang.worker.loops import Allowance, Lifetime, Wakeups

GENEROUS_S = 60.0


@pytest.fixture
def wakeups() -> Wakeups:
    return Wakeups()


def test_a_burst_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    allowed = Allowance(0.5, burst=3)
    assert allowed.left == 3
    allowed.use(3)
    assert allowed.left == 0
    now[0] += 1.9
    assert allowed.left == 0
    now[0] += 0.2
    assert allowed.left == 1
    now[0] += 1_000
    assert allowed.left == 3


def test_without_a_limit_there_is_always_the_burst() -> None:
    allowed = Allowance(None, burst=3)
    allowed.use(30)
    assert allowed.left == 3


@pytest.mark.parametrize("wake", [Wakeups.wake, Wakeups.stop])
def test_a_loop_that_sleeps_is_woken_from_another_thread(wakeups: Wakeups, wake: Callable[[Wakeups], None]) -> None:
    async def waiting() -> float:
        lifetime = Lifetime(wakeups, 2 * GENEROUS_S)
        lifetime.look()
        threading.Timer(0.5, wake, [wakeups]).start()  # when the loop sleeps: its own timer is far
        began = time.monotonic()
        await lifetime.wait(GENEROUS_S)
        return time.monotonic() - began

    assert asyncio.run(waiting()) < GENEROUS_S / 2


def test_an_event_is_set_by_its_own_loop_and_no_other_thread(wakeups: Wakeups) -> None:
    setters: list[int] = []

    async def waiting() -> None:
        with wakeups.listening(wakeups.count) as event:
            real = event.set

            def noted() -> None:
                setters.append(threading.get_ident())
                real()

            event.set = noted  # type: ignore[method-assign]
            await asyncio.to_thread(wakeups.wake)
            await asyncio.wait_for(event.wait(), GENEROUS_S)
        setters.append(threading.get_ident())

    asyncio.run(waiting())
    assert len(setters) == 2
    assert len(set(setters)) == 1


def test_a_wakeup_between_the_look_and_the_wait_is_not_lost(wakeups: Wakeups) -> None:
    async def waiting() -> bool:
        lifetime = Lifetime(wakeups, 2 * GENEROUS_S)
        lifetime.look()
        wakeups.wake()
        return await asyncio.wait_for(lifetime.wait(GENEROUS_S), GENEROUS_S / 2)

    assert asyncio.run(waiting())


def test_many_loops_come_and_go_while_many_threads_wake_them(wakeups: Wakeups) -> None:
    ended = threading.Event()

    async def short_waits() -> None:
        for _ in range(200):
            lifetime = Lifetime(wakeups, GENEROUS_S)
            await asyncio.gather(*(lifetime.wait(0.001) for _ in range(5)))

    def waking() -> None:
        while not ended.is_set():
            wakeups.wake()

    with ThreadPoolExecutor(4) as threads:
        wakers = [threads.submit(waking) for _ in range(2)]
        waiters = [threads.submit(lambda: asyncio.run(short_waits())) for _ in range(2)]
        wait(waiters)
        ended.set()
    for one in (*waiters, *wakers):
        one.result()
