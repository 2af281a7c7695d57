"""How a ticking flow run lives: for a span of real time, looking at intervals and at once when nudged."""

import asyncio
import time

_listening: set[asyncio.Event] = set()
_nudges = 0
_winding_down = False


def nudge() -> None:
    """Let every waiting loop of this process look at once; it only saves waiting, no truth hangs on it."""
    global _nudges
    _nudges += 1
    for event in _listening:
        event.set()


def wind_down(*, now: bool = True) -> None:
    """Let every ticking run of this process end after what it is doing; `now=False` lets new ones live again."""
    global _winding_down
    _winding_down = now
    nudge()


class Lifetime:
    """A span of real seconds from now, whatever the engine's clock says; 0 is over at once."""

    def __init__(self, seconds: float) -> None:
        """Start the span."""
        self._ends = time.monotonic() + seconds
        self._seen = _nudges

    @property
    def over(self) -> bool:
        """Whether the span has passed, or the process is winding down."""
        return _winding_down or time.monotonic() >= self._ends

    def look(self) -> None:
        """Remember, before looking for work, which nudges have been; a later one ends the next wait."""
        self._seen = _nudges

    async def wait(self, seconds: float) -> bool:
        """Sleep `seconds`, less if the span ends first or a nudge comes; return whether any of the span is left."""
        if self._seen == _nudges:
            event = asyncio.Event()
            _listening.add(event)
            try:
                await asyncio.wait_for(event.wait(), max(0.0, min(seconds, self._ends - time.monotonic())))
            except TimeoutError:
                return not self.over
            finally:
                _listening.discard(event)
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
