"""The always-on engine process: watch, delivery and inbox as warm flow runs, each some minutes long.

Why a process of ours and not a process for each run: docs/decisions/0007. Any number of engines may run.
"""

from deployments.settings import keep_private

keep_private()

import asyncio  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
from collections.abc import Awaitable, Callable  # noqa: E402
from contextlib import suppress  # noqa: E402
from dataclasses import dataclass  # noqa: E402

from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: E402

from flows.deliver import deliver  # noqa: E402
from flows.ingest_inbox import ingest_inbox  # noqa: E402
from flows.watch import watch  # noqa: E402
from tasks.installation import installation, release_claims_of_the_dead  # noqa: E402
from tasks.timing import wind_down  # noqa: E402

AFTER_FAILURE_SECONDS = 5.0
STOP_SECONDS = 10.0

log = logging.getLogger("hemgang.engine")


@dataclass(frozen=True, slots=True)
class Pace:
    """How the engine ticks: each flow run lives `run_seconds` and looks every `tick_seconds`; see `flows.watch`."""

    run_seconds: float = 300.0
    tick_seconds: float = 2.0
    run_limit: int = 20
    runs_at_once: int = 1
    run_budget: int | None = None


async def engine(stop: asyncio.Event, pace: Pace) -> None:
    """Run every loop until `stop` is set; a run that fails is followed by the next after a few seconds."""
    wind_down(now=False)
    release_claims_of_the_dead()
    span = {"for_seconds": pace.run_seconds, "every_seconds": pace.tick_seconds}

    async def watching() -> None:
        await watch(
            **span,
            run_limit=pace.run_limit,
            runs_at_once=pace.runs_at_once,
            run_budget=pace.run_budget,
            return_state=True,
        )

    async def delivering() -> None:
        await deliver(**span, return_state=True)

    async def taking_in() -> None:
        await ingest_inbox(**span, return_state=True)

    loops = [_again_and_again(stop, watching), _again_and_again(stop, delivering)]
    if installation().inbox is not None:
        loops.append(_again_and_again(stop, taking_in))
    await asyncio.gather(*loops)


async def _again_and_again(stop: asyncio.Event, run: Callable[[], Awaitable[None]]) -> None:
    while not stop.is_set():
        try:
            await run()
        except Exception as error:  # the loop is the last line: whatever failed is tried again
            log.error("a run failed: %s", type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=AFTER_FAILURE_SECONDS)


async def main() -> None:
    """Run the engine until the process is told to stop; then finish what is under way, if that is not long."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        wind_down()
        loop.call_later(STOP_SECONDS, running.cancel)

    pace = Pace(runs_at_once=int(os.environ.get("HEMGANG_RUNS_AT_ONCE", "1")))
    running = asyncio.ensure_future(engine(stop, pace))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    with suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        asyncio.run(main())
