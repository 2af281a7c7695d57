"""The fallback inside the engine: where no flow run has looked for some seconds, the engine looks itself.

A deadline does not wait for Prefect. Its server may be down, hang, or be slow to start a run; what is due stands in our
own tables, the step is the same, and claims let both look at once. HoldReason: docs/decisions/0017.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from types import MappingProxyType

from hemgang.logs import Event, event
from hemgang.worker import sweeps
from hemgang.worker.loops import Loop
from hemgang.worker.worker import Worker

BATCH_LIMIT = 2_000

log = logging.getLogger("hemgang.engine")


async def step_due(worker: Worker) -> None:
    """Step everything that is due."""
    while claims := await sweeps.claim(worker, BATCH_LIMIT):
        await sweeps.step_batch(worker, claims)
        worker.wake()


async def send_due(worker: Worker) -> None:
    """Send everything that is due."""
    while await sweeps.send_pending(worker) is not None:
        pass


async def take_in(worker: Worker) -> None:
    """Take in what lies in the inbox."""
    if await sweeps.files_waiting(worker) and await sweeps.take_files(worker):
        worker.wake()


Sweep = Callable[[Worker], Awaitable[None]]

SWEEPS: Mapping[Loop, Sweep] = MappingProxyType({Loop.WATCH: step_due, Loop.DELIVER: send_due, Loop.INBOX: take_in})


async def run_fallback(
    worker: Worker,
    loops: Collection[Loop],
    stop: asyncio.Event,
    *,
    after_seconds: float,
    every_seconds: float,
    actions: Mapping[Loop, Sweep] = SWEEPS,
) -> None:
    """Sweep every `every_seconds` for each of `loops` whose flow has not looked for `after_seconds`, until `stop`."""

    async def look_after(loop: Loop) -> None:
        active = False
        while not stop.is_set():
            needed = worker.liveness.idle_seconds(loop) > after_seconds
            if needed and not active:
                event(log, Event.STANDING_IN, loop=loop.value)
            active = needed
            if active:
                try:
                    await actions[loop](worker)
                except Exception as error:  # the database may be away as well: logged, and tried again
                    event(log, Event.RUN_FAILED, error=error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every_seconds)

    await asyncio.gather(*(look_after(loop) for loop in loops))
