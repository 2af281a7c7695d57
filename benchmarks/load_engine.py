"""The engine's two loops without Prefect, for the quick test of the load measurements: claim and step, send.

`python -m benchmarks.load_engine` works for the environment's installation, with the shipped services and pace.
"""

import asyncio
from collections.abc import Awaitable, Callable

from deployments.prefect_server import keep_private
from hemgang.settings import Settings
from hemgang.worker.loops import Lifetime, nudge
from tasks.delivery import send_pending
from tasks.discharges import advance_batch, claim

keep_private()


TICK_SECONDS = Settings().tick_seconds
BATCH = 2_000
FOR_EVER = 1e9


async def loops() -> None:
    """Run the two loops without any flow run."""
    await asyncio.gather(_loop(_step), _loop(_send))


async def _step() -> bool:
    claims = await claim(BATCH)
    if claims:
        await advance_batch.fn(claims, len(claims))
        nudge()
    return bool(claims)


async def _send() -> bool:
    sent = await send_pending()
    return sent is not None and bool(sent.alerts)


async def _loop(work: Callable[[], Awaitable[bool]]) -> None:
    lifetime = Lifetime(FOR_EVER)
    while True:
        lifetime.look()
        if not await work():
            await lifetime.wait(TICK_SECONDS)


if __name__ == "__main__":
    asyncio.run(loops())
