"""The always-on engine process: watch, delivery and inbox as warm flow runs, each some minutes long.

Why a process of ours and not a process for each run: docs/decisions/0007. Any number of engines may run, on any number
of machines; HEMGANG_REGIONS lets one work for some counties only.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, NoReturn

from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from deployments.prefect_server import apply_prefect_settings
from flows.sweeps import deliver, ingest_inbox
from flows.watch import watch
from hemgang.doctor.environment import check_values
from hemgang.errors import HemgangError, error_lines
from hemgang.logs import Event, configure, event
from hemgang.metrics import serve_metrics
from hemgang.settings import read_settings
from hemgang.store.monitoring import LOOPS
from hemgang.worker.fallback import run_fallback
from hemgang.worker.loops import Loop
from hemgang.worker.worker import Worker, open_worker
from tasks.current import use_worker

apply_prefect_settings()


AFTER_FAILURE_SECONDS = 5.0
STOP_SECONDS = 10.0
LEAVE_SECONDS = 2.0

Run = Callable[[], Awaitable[State[Any]]]

log = logging.getLogger("hemgang.engine")


async def engine(worker: Worker, stop: asyncio.Event) -> None:
    """Run every loop until `stop` is set; a run that fails is followed by the next after a few seconds."""
    worker.leases.release_of_the_dead()
    settings = worker.installation.settings
    loops = _loops(worker)
    fallback = run_fallback(
        worker, loops, stop, after_seconds=settings.stand_in_seconds, every_seconds=settings.tick_seconds
    )
    await asyncio.gather(*(_run_until(stop, run) for run in loops.values()), fallback)


def _loops(worker: Worker) -> Mapping[Loop, Run]:
    """Return what starts one run of each loop that this installation has."""
    settings = worker.installation.settings
    span = {"for_seconds": settings.run_seconds, "every_seconds": settings.tick_seconds}

    async def run_watch() -> State[Any]:
        return await watch(
            **span,
            run_limit=settings.run_limit,
            runs_at_once=settings.runs_at_once,
            run_budget=settings.run_budget,
            runs_a_second=settings.runs_a_second,
            return_state=True,
        )

    async def run_delivery() -> State[Any]:
        return await deliver(**span, return_state=True)

    async def run_inbox() -> State[Any]:
        return await ingest_inbox(**span, return_state=True)

    loops: dict[Loop, Run] = {Loop.WATCH: run_watch, Loop.DELIVER: run_delivery}
    if worker.installation.inbox is not None:
        loops[Loop.INBOX] = run_inbox
    return loops


async def _run_until(stop: asyncio.Event, run: Run) -> None:
    """Start run after run until `stop` is set."""
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


async def main(asked: threading.Event, ended: Future[None]) -> None:
    """Run the engine until it is asked to stop, and set in `ended` how it ended, before asyncio cleans up after it."""
    try:
        with use_worker(open_worker(read_settings())) as worker:
            await _until(worker, asked)
    except BaseException as error:
        ended.set_exception(error)
    else:
        ended.set_result(None)


async def _until(worker: Worker, asked: threading.Event) -> None:
    """Run the engine until it is asked to stop; then finish what is under way, if that is not long."""
    stop = asyncio.Event()
    running = asyncio.ensure_future(engine(worker, stop))

    async def end() -> None:
        await asyncio.to_thread(asked.wait)
        event(log, Event.ENGINE_STOPPING)
        stop.set()
        worker.stop()
        await asyncio.sleep(STOP_SECONDS)
        running.cancel()

    ending = asyncio.ensure_future(end())
    event(log, Event.ENGINE_STARTED)
    here = worker.installation
    loops = [loop for loop in LOOPS if loop != "inbox" or here.inbox is not None]
    try:
        with (
            serve_metrics(here.database, here.settings.metrics, now=worker.now, loops=loops),
            suppress(asyncio.CancelledError),
        ):
            await running
    finally:
        asked.set()
        ending.cancel()
        event(log, Event.ENGINE_STOPPED)


def run() -> NoReturn:
    """Run the engine in a thread of its own, and hear signals in this one.

    In the main thread Prefect takes a signal to stop for a crash of every run that is under way. When the engine has
    ended so does the process: Prefect would wait for a server that does not answer.
    """
    asked, ended = threading.Event(), Future[None]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())

    def work() -> None:
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            asyncio.run(main(asked, ended))

    working = ThreadPoolExecutor(1).submit(work)
    wait([working, ended], return_when=FIRST_COMPLETED)
    wait([working], timeout=LEAVE_SECONDS)
    _leave(next((error for one in (ended, working) if one.done() and (error := one.exception()) is not None), None))


def _leave(error: BaseException | None) -> NoReturn:
    """End the process at once, whatever threads are left: with 0 after a stop, else with what it failed of."""
    code = 0
    if isinstance(error, HemgangError):
        code = 2
        sys.stderr.write(error_lines(error))
    elif error is not None:
        code = 1
        sys.excepthook(type(error), error, error.__traceback__)
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    try:
        configure(check_values())
        run()
    except HemgangError as error:
        sys.stderr.write(error_lines(error))
        sys.exit(2)
