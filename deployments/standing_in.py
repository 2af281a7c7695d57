"""The net inside the engine: where no flow run has looked for some seconds, the engine looks itself.

A deadline does not wait for Prefect. Its server may be down, hang, or be slow to start a run; what is due stands in our
own tables, the step is the same, and claims let both look at once. Why: docs/decisions/0017.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress

from hemgang.logs import Event, event
from hemgang.worker.loops import Loop, begin_to_count, beside_flows, idle_seconds, nudge
from tasks.delivery import send_pending
from tasks.discharges import advance_batch, claim
from tasks.inbox import files_waiting, take_files

BATCH_LIMIT = 2_000

log = logging.getLogger("hemgang.engine")


async def step_due() -> None:
    """Step everything that is due."""
    while claims := await claim(BATCH_LIMIT):
        await advance_batch.fn(claims, len(claims))
        nudge()


async def send_due() -> None:
    """Send everything that is due."""
    while await send_pending() is not None:
        pass


async def take_in() -> None:
    """Take in what lies in the inbox."""
    if await files_waiting():
        await take_files()
        nudge()


LOOKS: Mapping[Loop, Callable[[], Awaitable[None]]] = {
    Loop.WATCH: step_due,
    Loop.DELIVER: send_due,
    Loop.INBOX: take_in,
}


async def stand_in(loops: Collection[Loop], stop: asyncio.Event, *, after_seconds: float, every_seconds: float) -> None:
    """Look every `every_seconds` for each of `loops` whose flow has not looked for `after_seconds`, until `stop`."""
    begin_to_count()
    await asyncio.gather(*(_stand_in_for(loop, stop, after_seconds, every_seconds) for loop in loops))


async def _stand_in_for(loop: Loop, stop: asyncio.Event, after_seconds: float, every_seconds: float) -> None:
    beside_flows()
    standing = False
    while not stop.is_set():
        needed = idle_seconds(loop) > after_seconds
        if needed and not standing:
            event(log, Event.STANDING_IN, loop=loop.value)
        standing = needed
        if standing:
            try:
                await LOOKS[loop]()
            except Exception as error:  # the database may be away as well: said, and tried again
                event(log, Event.RUN_FAILED, error=error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_seconds)
