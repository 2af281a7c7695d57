"""Moves the demo's virtual clock from one thing that happens to the next, and waits at each for the engine."""

import asyncio
import math
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anyio import to_thread
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from calendars.zone import local, plain_utc
from deployments.engine import Pace, engine
from flows.close_month import close_month
from hemgang import clock
from hemgang.store import discharges, outbox
from tasks.inbox import files_waiting
from tasks.installation import installation
from tasks.timing import nudge, wind_down

STEP = timedelta(minutes=60)
RUN_SECONDS = 8.0
LOOK_SECONDS = 0.01
TICK_SECONDS = 0.5
RUNS_A_SECOND = 0.6
"""Discharge runs a second of the demo's time that two cores and an embedded Prefect server carry beside the rest."""


@dataclass(slots=True)
class Counts:
    """How the month was carried."""

    moments: int = 0


async def conduct(
    arrivals: Sequence[tuple[datetime, str]], inbox: Path, clock_file: Path, *, closing_at: datetime
) -> Counts:
    """Play every arrival at its instant, to `closing_at`; then draft the month.

    In each of its spans the watch gives some discharges a run of their own; the rest go in batches.
    """
    stop = asyncio.Event()
    pace = Pace(
        run_seconds=RUN_SECONDS,
        tick_seconds=TICK_SECONDS,
        run_budget=math.ceil(RUN_SECONDS * RUNS_A_SECOND),
    )
    counts = Counts()
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        running = asyncio.ensure_future(engine(stop, pace))
        try:
            await _play(arrivals, inbox, clock_file, closing_at=closing_at, counts=counts)
            await close_month(return_state=True)
        finally:
            stop.set()
            wind_down()
            with suppress(asyncio.CancelledError):
                await running
    return counts


async def _play(
    arrivals: Sequence[tuple[datetime, str]], inbox: Path, clock_file: Path, *, closing_at: datetime, counts: Counts
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
            at = coming
        nudge()
        await _until_done(instant)
        counts.moments += 1
        shown = _show(instant, begun, shown)
    clock.set_virtual(clock_file, closing_at)
    nudge()
    await _until_done(closing_at)


def _next_instant(arrivals: Sequence[tuple[datetime, str]], at: int) -> datetime | None:
    """Return the next full hour at which a message comes, a timer is due or an alert is to be sent."""
    with installation().database.reading() as session:
        coming = [discharges.next_timer(session), outbox.next_attempt(session)]
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


async def _until_done(instant: datetime) -> None:
    """Wait until the inbox is empty, nothing is due and nothing is left to send at `instant`."""
    while not await to_thread.run_sync(_is_done, instant):
        await asyncio.sleep(LOOK_SECONDS)


def _is_done(instant: datetime) -> bool:
    if files_waiting():
        return False
    with installation().database.reading() as session:
        if discharges.due_count(session, now=instant):
            return False
        attempt = outbox.next_attempt(session)
    return attempt is None or attempt > instant


def _show(instant: datetime, begun: float, shown: str) -> str:
    day = f"{local(instant):%Y-%m-%d}"
    if day != shown:
        sys.stderr.write(f"\rhemgang demo: {day}   {time.monotonic() - begun:5.0f} s ")
        sys.stderr.flush()
    return day
