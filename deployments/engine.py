"""The always-on engine process: watch, delivery and inbox as warm flow runs, each some minutes long.

Why a process of ours and not a process for each run: docs/decisions/0007. Any number of engines may run, on any number
of machines; HEMGANG_REGIONS lets one work for some counties only.
"""

from deployments.settings import keep_private

keep_private()

import asyncio  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from collections.abc import Awaitable, Callable  # noqa: E402
from concurrent.futures import ThreadPoolExecutor, wait  # noqa: E402
from contextlib import suppress  # noqa: E402
from typing import Any  # noqa: E402

from prefect.client.schemas.objects import State  # noqa: E402
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: E402

from deployments.standing_in import stand_in  # noqa: E402
from flows.deliver import deliver  # noqa: E402
from flows.ingest_inbox import ingest_inbox  # noqa: E402
from flows.watch import watch  # noqa: E402
from hemgang.doctor.values import check_values  # noqa: E402
from hemgang.engine.pace import Pace, pace_of  # noqa: E402
from hemgang.errors import HemgangError  # noqa: E402
from hemgang.logs import Event, configure, event  # noqa: E402
from hemgang.metrics import serve_metrics  # noqa: E402
from hemgang.store.pulses import LOOPS  # noqa: E402
from tasks.beside import wait_for_beside  # noqa: E402
from tasks.holding import give_back_all_of_the_dead  # noqa: E402
from tasks.installation import installation  # noqa: E402
from tasks.looks import Loop  # noqa: E402
from tasks.timing import wind_down  # noqa: E402
from tasks.vigil import decision_now  # noqa: E402

AFTER_FAILURE_SECONDS = 5.0
STOP_SECONDS = 10.0
LEAVE_SECONDS = 2.0

log = logging.getLogger("hemgang.engine")


async def engine(stop: asyncio.Event, pace: Pace) -> None:
    """Run every loop until `stop` is set; a run that fails is followed by the next after a few seconds."""
    wind_down(now=False)
    give_back_all_of_the_dead()
    span = {"for_seconds": pace.run_seconds, "every_seconds": pace.tick_seconds}

    async def watching() -> State[Any]:
        return await watch(
            **span,
            run_limit=pace.run_limit,
            runs_at_once=pace.runs_at_once,
            run_budget=pace.run_budget,
            runs_a_second=pace.runs_a_second,
            return_state=True,
        )

    async def delivering() -> State[Any]:
        return await deliver(**span, return_state=True)

    async def taking_in() -> State[Any]:
        return await ingest_inbox(**span, return_state=True)

    loops = {Loop.WATCH: watching, Loop.DELIVER: delivering}
    if installation().inbox is not None:
        loops[Loop.INBOX] = taking_in
    net = stand_in(loops, stop, after_seconds=pace.stand_in_seconds, every_seconds=pace.tick_seconds)
    await asyncio.gather(*(_again_and_again(stop, run) for run in loops.values()), net)


async def _again_and_again(stop: asyncio.Event, run: Callable[[], Awaitable[State[Any]]]) -> None:
    while not stop.is_set():
        try:
            ended = await run()
            failed = ended.is_failed() or ended.is_crashed()
        except Exception as error:  # the loop is the last line: whatever failed is tried again
            event(log, Event.RUN_FAILED, error=error)
            failed = True
        if failed:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=AFTER_FAILURE_SECONDS)


async def main(asked: threading.Event, ended: threading.Event) -> None:
    """Run the engine until it is asked to stop; then finish what is under way, if that is not long."""
    stop = asyncio.Event()
    running = asyncio.ensure_future(engine(stop, pace_of(os.environ)))

    async def end() -> None:
        await asyncio.to_thread(asked.wait)
        event(log, Event.ENGINE_STOPPING)
        stop.set()
        wind_down()
        await asyncio.sleep(STOP_SECONDS)
        running.cancel()

    ending = asyncio.ensure_future(end())
    event(log, Event.ENGINE_STARTED)
    here = installation()
    loops = [loop for loop in LOOPS if loop != "inbox" or here.inbox is not None]
    try:
        with serve_metrics(here.database, now=decision_now, loops=loops), suppress(asyncio.CancelledError):
            await running
    finally:
        asked.set()
        ending.cancel()
        event(log, Event.ENGINE_STOPPED)
        ended.set()


def run() -> None:
    """Run the engine in a thread of its own, and hear signals in this one.

    In the main thread Prefect takes a signal to stop for a crash of every run that is under way. When the engine has
    ended so does the process: Prefect would wait for a server that does not answer.
    """
    asked, ended = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())

    def work() -> None:
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            asyncio.run(main(asked, ended))

    working = ThreadPoolExecutor(1).submit(work)
    working.add_done_callback(lambda _: ended.set())
    ended.wait()
    wait([working], timeout=LEAVE_SECONDS)
    if working.done():
        working.result()
    wait_for_beside()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    try:
        check_values()
        configure()
        run()
    except HemgangError as error:
        sys.stderr.write(f"hemgang: {error}\n")
        sys.exit(2)
