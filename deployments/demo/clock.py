"""Moves the demo's virtual clock from one thing that happens to the next, and waits at each for the engine.

The engine is a process of its own, as in production. It is kept running, and once killed -9 in the middle of its work.
"""

import asyncio
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from calendars.timezone import local, plain_utc
from deployments.prefect_server import prefect_environment
from deployments.supervisor import Child, kept, look_after, start_module, stop
from hemgang import clock
from hemgang.errors import ConfigurationError
from hemgang.services.inbox import is_empty
from hemgang.settings import variable
from hemgang.store import discharges, outbox
from hemgang.worker.context import installation

STEP = timedelta(minutes=60)
LOOK_SECONDS = 0.01
AT_WORK_SECONDS = 0.08
MOST_FALLS = 5
RUN_SECONDS, TICK_SECONDS = 8.0, 0.05
RUNS_A_SECOND = 0.6
"""Discharge runs a second of the demo's time that two cores and an embedded Prefect server carry beside the rest."""


@dataclass(slots=True)
class Counts:
    """How the month was carried: when on the virtual clock the engine was killed, how often it was started again."""

    moments: int = 0
    killed_at: datetime | None = None
    restarts: int = 0


def conduct(
    arrivals: Sequence[tuple[datetime, str]],
    inbox: Path,
    clock_file: Path,
    *,
    kill_at: datetime,
    closing_at: datetime,
) -> Counts:
    """Play every arrival at its instant, to `closing_at`, and kill the engine once from `kill_at` on; draft the month.

    In each of its spans the watch gives some discharges a run of their own; the rest go in batches.
    """
    counts = Counts()
    with _engine(clock_file.parent / "engine.log") as child:
        _play(arrivals, inbox, clock_file, child, kill_at=kill_at, closing_at=closing_at, counts=counts)
    from flows.scheduled import close_month

    asyncio.run(_ended(close_month))
    return counts


async def _ended(flow: Callable[..., Any]) -> None:
    await flow(return_state=True)


@contextmanager
def _engine(log: Path) -> Iterator[Child]:
    pace = {
        variable("run_seconds"): str(RUN_SECONDS),
        variable("tick_seconds"): str(TICK_SECONDS),
        variable("run_budget"): str(math.ceil(RUN_SECONDS * RUNS_A_SECOND)),
    }
    environment = prefect_environment() | pace
    child = kept("the engine", partial(start_module, "deployments.engine", environment, log))
    try:
        yield child
    finally:
        stop(child.process)


def _play(
    arrivals: Sequence[tuple[datetime, str]],
    inbox: Path,
    clock_file: Path,
    child: Child,
    *,
    kill_at: datetime,
    closing_at: datetime,
    counts: Counts,
) -> None:
    at, begun, shown = 0, time.monotonic(), ""
    while True:
        instant = _next_instant(arrivals, at)
        if instant is None or instant >= closing_at:
            break
        clock.set_virtual(clock_file, instant)
        coming = at
        while coming < len(arrivals) and arrivals[coming][0] <= instant:
            coming += 1
        if coming > at:
            _put(inbox, counts.moments, [line for _, line in arrivals[at:coming]])
            if counts.killed_at is None and instant >= kill_at:
                _kill(child, instant, counts)
            at = coming
        _until_done(instant, child, counts)
        counts.moments += 1
        shown = _show(instant, begun, shown)
    clock.set_virtual(clock_file, closing_at)
    _until_done(closing_at, child, counts)


def _kill(child: Child, instant: datetime, counts: Counts) -> None:
    """Kill the engine while it is at work on what just came."""
    time.sleep(AT_WORK_SECONDS)
    child.process.kill()
    child.process.wait()
    counts.killed_at = instant
    sys.stderr.write(f"\rhemgang demo: {local(instant):%Y-%m-%d %H:%M}: the engine is killed (kill -9) at its work\n")


def _next_instant(arrivals: Sequence[tuple[datetime, str]], at: int) -> datetime | None:
    """Return the next full hour at which a message comes, a timer is due or an alert is to be sent."""
    with installation().database.reading() as session:
        coming = [discharges.next_timer(session), outbox.next_attempt_at(session)]
    if at < len(arrivals):
        coming.append(arrivals[at][0])
    known = [instant for instant in coming if instant is not None]
    if not known:
        return None
    first = plain_utc(max(min(known), clock.now()))
    steps = math.ceil(first.timestamp() / STEP.total_seconds())
    return datetime.fromtimestamp(steps * STEP.total_seconds(), UTC)


def _put(inbox: Path, number: int, lines: Sequence[str]) -> None:
    """Lay a file into the inbox as a sender does: written under another name, renamed when whole."""
    part = inbox / f"{number:06d}.part"
    part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="surrogateescape")
    part.rename(part.with_suffix(".ndjson"))


def _until_done(instant: datetime, child: Child, counts: Counts) -> None:
    """Wait until the inbox is empty, nothing is due and nothing is left to send at `instant`; keep the engine up."""
    while not _is_done(instant):
        before = child.process
        look_after(child, now=time.monotonic())
        counts.restarts += child.process is not before
        if child.falls >= MOST_FALLS:
            raise ConfigurationError("the engine ends as soon as it is started; see engine.log in the demo's folder")
        time.sleep(LOOK_SECONDS)


def _is_done(instant: datetime) -> bool:
    if (inbox := installation().inbox) is not None and not is_empty(inbox):
        return False
    with installation().database.reading() as session:
        if discharges.due_count(session, now=instant):
            return False
        attempt = outbox.next_attempt_at(session)
    return attempt is None or attempt > instant


def _show(instant: datetime, begun: float, shown: str) -> str:
    day = f"{local(instant):%Y-%m-%d}"
    if day != shown:
        sys.stderr.write(f"\rhemgang demo: {day}   {time.monotonic() - begun:5.0f} s ")
        sys.stderr.flush()
    return day
