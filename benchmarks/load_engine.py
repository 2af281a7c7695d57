"""The engine's two loops without Prefect, for the quick test of the load measurements: claim and step, send.

`python -m benchmarks.load_engine` works for the environment's installation, with the shipped services and pace.
"""

from deployments.settings import keep_private

keep_private()

import asyncio  # noqa: E402
from collections.abc import Awaitable, Callable  # noqa: E402

from hemgang.settings import Settings  # noqa: E402
from tasks.delivery import send_pending  # noqa: E402
from tasks.discharges import advance_batch, claim  # noqa: E402
from tasks.timing import Lifetime, nudge  # noqa: E402

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
