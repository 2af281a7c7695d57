"""Work beside the loops, in a thread of its own: what may take long and must not hold a deadline up.

The operator's alarm and the heartbeat speak to servers outside, and one that is dead takes its whole time limit.

When the flows of this process last looked for work: the engine looks itself where they stand still.

How a ticking flow run lives: for a span of real time, looking at intervals and at once when nudged.
"""

import asyncio
import atexit
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from enum import StrEnum
from threading import Lock, Thread
from time import monotonic

from hemgang.logs import Event, event

AT_END_SECONDS = 5.0
"""How long the end of the process waits for what is under way."""

log = logging.getLogger(__name__)

_under_way: dict[str, Thread] = {}
_changing = Lock()


def beside(name: str, work: Callable[[], object]) -> bool:
    """Begin a piece of work and return at once; False where one of its name is still under way, which is enough."""

    def run() -> None:
        try:
            work()
        except Exception as error:  # nobody waits for it: said, and done again at the next occasion
            event(log, Event.UNEXPECTED, error=error)

    with _changing:
        before = _under_way.get(name)
        if before is not None and before.is_alive():
            return False
        thread = _under_way[name] = Thread(target=run, name=name, daemon=True)
        thread.start()
    return True


def wait_for_beside(seconds: float = AT_END_SECONDS) -> bool:
    """Wait until nothing is under way, at most so long; return whether that is so."""
    until = monotonic() + seconds
    for thread in list(_under_way.values()):
        thread.join(max(0.0, until - monotonic()))
    return not any(thread.is_alive() for thread in _under_way.values())


atexit.register(wait_for_beside)


class Loop(StrEnum):
    """The three things that an engine looks for."""

    WATCH = "watch"
    DELIVER = "deliver"
    INBOX = "ingest-inbox"


_at_work = dict.fromkeys(Loop, 0)
_last = dict.fromkeys(Loop, time.monotonic())
_beside: ContextVar[bool] = ContextVar("beside the flows", default=False)


@contextmanager
def looking(loop: Loop) -> Iterator[None]:
    """Count what is done here as one look, from its start to its end, also if it fails; unless it is `beside_flows`."""
    if _beside.get():
        yield
        return
    with _changing:
        _at_work[loop] += 1
    try:
        yield
    finally:
        with _changing:
            _at_work[loop] -= 1
            _last[loop] = time.monotonic()


def idle_seconds(loop: Loop) -> float:
    """Return for how long no flow has looked, 0 while one does; counted from `begin_to_count` on."""
    with _changing:
        return 0.0 if _at_work[loop] else time.monotonic() - _last[loop]


def begin_to_count() -> None:
    """Let every loop have looked just now."""
    with _changing:
        _last.update(dict.fromkeys(Loop, time.monotonic()))


def beside_flows() -> None:
    """Let what this asyncio task does from now on not count as a look."""
    _beside.set(True)


class Nudges:
    """The nudges of a process, from any thread to the loops that wait, whichever event loop each of them runs in.

    An `asyncio.Event` belongs to its event loop: set from another thread it does not wake a loop that sleeps in
    `select`. So each is set by its own loop (`call_soon_threadsafe`). All state is changed under one lock.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._changing = Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._count = 0
        self._winding_down = False

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._count

    @property
    def winding_down(self) -> bool:
        """Whether every ticking run is to end."""
        return self._winding_down

    def nudge(self, *, winding_down: bool | None = None) -> None:
        """Wake all that wait; with `winding_down` given, after it is so."""
        with self._changing:
            if winding_down is not None:
                self._winding_down = winding_down
            self._count += 1
            for event, loop in self._waiting.items():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)

    @contextmanager
    def listening(self, since: int) -> Iterator[asyncio.Event]:
        """Yield an event of the running loop that the next nudge sets; set already if one came after `since`."""
        event = asyncio.Event()
        with self._changing:
            if self._count != since:
                event.set()
            self._waiting[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            with self._changing:
                del self._waiting[event]


_NUDGES = Nudges()


def nudge() -> None:
    """Let every waiting loop of this process look at once; it only saves waiting, no truth hangs on it. Any thread."""
    _NUDGES.nudge()


def wind_down(*, now: bool = True) -> None:
    """Let every ticking run of this process end after what it is doing; `now=False` lets new ones live again."""
    _NUDGES.nudge(winding_down=now)


class Lifetime:
    """A span of real seconds from now, whatever the engine's clock says; 0 is over at once."""

    def __init__(self, seconds: float) -> None:
        """Start the span."""
        self._ends = time.monotonic() + seconds
        self._seen = _NUDGES.count

    @property
    def over(self) -> bool:
        """Whether the span has passed, or the process is winding down."""
        return _NUDGES.winding_down or time.monotonic() >= self._ends

    def look(self) -> None:
        """Remember, before looking for work, which nudges have been; a later one ends the next wait."""
        self._seen = _NUDGES.count

    async def wait(self, seconds: float) -> bool:
        """Sleep `seconds`, less if the span ends first or a nudge comes; return whether any of the span is left."""
        with _NUDGES.listening(self._seen) as event, suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), max(0.0, min(seconds, self._ends - time.monotonic())))
        return not self.over


class Allowance:
    """So many of something a second of real time, at most `burst` saved up; None a second = no limit."""

    def __init__(self, a_second: float | None, burst: int) -> None:
        """Start with all that can be saved up."""
        self._a_second, self._burst = a_second, float(burst)
        self._saved, self._looked = float(burst), time.monotonic()

    @property
    def left(self) -> int:
        """How many there may be now."""
        if self._a_second is None:
            return int(self._burst)
        now = time.monotonic()
        self._saved = min(self._burst, self._saved + (now - self._looked) * self._a_second)
        self._looked = now
        return int(self._saved)

    def use(self, count: int) -> None:
        """Take so many of them."""
        self._saved -= count
