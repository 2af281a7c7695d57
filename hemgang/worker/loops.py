"""What the loops of a worker are made of: waiting and waking, a pace for runs, liveness, and work in the background."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from threading import Lock, Thread

from hemgang.logs import Event, event

AT_END_S = 5.0
"""How long the end of a process waits for what is under way in the background."""

log = logging.getLogger(__name__)


class Loop(StrEnum):
    """The three loops of an engine, by the names of their flows."""

    WATCH = "watch"
    DELIVER = "deliver"
    INBOX = "ingest-inbox"


class Wakeups:
    """Wakes the loops of a worker from any thread, whichever event loop each of them runs in.

    An `asyncio.Event` belongs to its event loop: set from another thread it does not wake a loop that sleeps in
    `select`. So each is set by its own loop (`call_soon_threadsafe`). All state is changed under one lock.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._changing = Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._count = 0
        self._stopping = False

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._count

    @property
    def stopping(self) -> bool:
        """Whether every loop is to end."""
        return self._stopping

    def wake(self) -> None:
        """Wake all that wait."""
        with self._changing:
            self._wake_all()

    def stop(self) -> None:
        """Let every loop end after what it is doing, those that wait at once."""
        with self._changing:
            self._stopping = True
            self._wake_all()

    def _wake_all(self) -> None:
        self._count += 1
        for waiting, loop in self._waiting.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(waiting.set)

    @contextmanager
    def listening(self, since: int) -> Iterator[asyncio.Event]:
        """Yield an event of the running loop that the next wake-up sets; set already if one came after `since`."""
        waiting = asyncio.Event()
        with self._changing:
            if self._count != since:
                waiting.set()
            self._waiting[waiting] = asyncio.get_running_loop()
        try:
            yield waiting
        finally:
            with self._changing:
                del self._waiting[waiting]


class Lifetime:
    """A span of real seconds in which a loop looks again and again; 0 is over at once."""

    def __init__(self, wakeups: Wakeups, seconds: float) -> None:
        """Start the span now, whatever the engine's clock says."""
        self._wakeups = wakeups
        self._ends = time.monotonic() + seconds
        self._seen = wakeups.count

    @property
    def over(self) -> bool:
        """Whether the span has passed, or the worker is stopping."""
        return self._wakeups.stopping or time.monotonic() >= self._ends

    def look(self) -> None:
        """Note, before looking for work, which wake-ups have been; a later one ends the next wait."""
        self._seen = self._wakeups.count

    async def wait(self, seconds: float) -> bool:
        """Sleep `seconds`, less if the span ends first or a wake-up comes; return whether any of the span is left."""
        with self._wakeups.listening(self._seen) as woken, suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), max(0.0, min(seconds, self._ends - time.monotonic())))
        return not self.over


class Allowance:
    """A rate limit: so many a second of real time, at most `burst` saved up; None a second = no limit."""

    def __init__(self, per_second: float | None, burst: int) -> None:
        """Start with all that can be saved up."""
        self._per_second, self._burst = per_second, float(burst)
        self._saved, self._counted_at = float(burst), time.monotonic()

    @property
    def left(self) -> int:
        """How many there may be now."""
        if self._per_second is None:
            return int(self._burst)
        now = time.monotonic()
        self._saved = min(self._burst, self._saved + (now - self._counted_at) * self._per_second)
        self._counted_at = now
        return int(self._saved)

    def use(self, count: int) -> None:
        """Take so many of them."""
        self._saved -= count


class Liveness:
    """When the flows of a process last looked for work: the fallback looks where they stand still."""

    def __init__(self) -> None:
        """Let every loop have looked just now."""
        self._changing = Lock()
        self._looking = dict.fromkeys(Loop, 0)
        self._looked_at = dict.fromkeys(Loop, time.monotonic())

    @contextmanager
    def looking(self, loop: Loop) -> Iterator[None]:
        """Count the block as one look of a loop, from its start to its end, also if it fails."""
        with self._changing:
            self._looking[loop] += 1
        try:
            yield
        finally:
            with self._changing:
                self._looking[loop] -= 1
                self._looked_at[loop] = time.monotonic()

    def idle_seconds(self, loop: Loop) -> float:
        """Return for how long no flow has looked, 0 while one does."""
        with self._changing:
            return 0.0 if self._looking[loop] else time.monotonic() - self._looked_at[loop]


class Background:
    """Threads for what may take long and must not hold a deadline up.

    The operator's alarm and the heartbeat call servers outside, and one that is dead takes its whole time limit.
    """

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._changing = Lock()
        self._under_way: dict[str, Thread] = {}

    def start(self, name: str, work: Callable[[], object]) -> bool:
        """Begin a piece of work and return at once; False where one of its name is still under way, which is enough."""

        def run() -> None:
            try:
                work()
            except Exception as error:  # nobody waits for it: logged, and done again at the next occasion
                event(log, Event.UNEXPECTED, error=error)

        with self._changing:
            before = self._under_way.get(name)
            if before is not None and before.is_alive():
                return False
            thread = self._under_way[name] = Thread(target=run, name=name, daemon=True)
            thread.start()
        return True

    def wait(self, seconds: float = AT_END_S) -> bool:
        """Wait until nothing is under way, at most so long; return whether that is so."""
        ends = time.monotonic() + seconds
        with self._changing:
            threads = list(self._under_way.values())
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)
