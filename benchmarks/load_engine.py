"""The engine's two loops without Prefect, for the quick test of the load measurements: claim and step, send.

`python -m benchmarks.load_engine` works for the environment's installation, with the shipped services and pace.
"""

import asyncio
from collections.abc import Awaitable, Callable

from hemgang.settings import Settings, read_settings
from hemgang.worker import sweeps
from hemgang.worker.worker import Worker, open_worker

TICK_SECONDS = Settings().tick_seconds
BATCH = 2_000
FOR_EVER = 1e9


async def loops(worker: Worker) -> None:
    """Run the two loops without any flow run."""
    await asyncio.gather(_loop(worker, _step), _loop(worker, _send))


async def _step(worker: Worker) -> bool:
    claims = await sweeps.claim(worker, BATCH)
    if claims:
        await sweeps.step_batch(worker, claims)
        worker.wake()
    return bool(claims)


async def _send(worker: Worker) -> bool:
    sent = await sweeps.send_pending(worker)
    return sent is not None and bool(sent.alerts)


async def _loop(worker: Worker, work: Callable[[Worker], Awaitable[bool]]) -> None:
    lifetime = worker.lifetime(FOR_EVER)
    while True:
        lifetime.look()
        if not await work(worker):
            await lifetime.wait(TICK_SECONDS)


if __name__ == "__main__":
    asyncio.run(loops(open_worker(read_settings())))
