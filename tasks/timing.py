"""How long a ticking flow run lives, measured in real time even where the engine's clock is virtual."""

import asyncio
import time


class Lifetime:
    """A span of real seconds from now; 0 is over at once."""

    def __init__(self, seconds: float) -> None:
        """Start the span."""
        self._ends = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the span has passed."""
        return time.monotonic() >= self._ends

    async def wait(self, seconds: float) -> bool:
        """Sleep `seconds`, or less if the span ends first; return whether any of it is left."""
        await asyncio.sleep(max(0.0, min(seconds, self._ends - time.monotonic())))
        return not self.over
