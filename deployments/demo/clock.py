"""The demo's virtual clock: moved from one thing that happens to the next, waiting at each for the engine.

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

from calendars.timezone import local_date, plain_utc
from deployments.prefect_server import prefect_environment
from deployments.supervisor import Child, restart_if_ended, start_child, start_module, stop
from hemgang import clock
from hemgang.errors import ConfigurationError
from hemgang.i18n.formats import table_text
from hemgang.services.inbox import is_empty
from hemgang.services.installation import Installation
from hemgang.settings import variable
from hemgang.store import discharges, outbox

STEP = timedelta(minutes=60)
LOOK_SECONDS = 0.01
AT_WORK_SECONDS = 0.08
MOST_FAILURES = 5
RUN_SECONDS, TICK_SECONDS = 8.0, 0.05
RUNS_A_SECOND = 0.6
"""Discharge runs a second of the demo's time that two cores and an embedded Prefect server carry beside the rest."""

Arrivals = Sequence[tuple[datetime, str]]
"""Lines of messages, each with the instant at which it comes in, in order."""


@dataclass(slots=True)
class MonthReport:
    """How the month was carried: instants on the virtual clock, when the engine was killed, how often restarted."""

    instants: int = 0
    killed_at: datetime | None = None
    restarts: int = 0


def play_month(
    here: Installation, arrivals: Arrivals, clock_file: Path, *, kill_at: datetime, closing_at: datetime
) -> MonthReport:
    """Play every arrival at its instant, to `closing_at`, and kill the engine once from `kill_at` on; draft the month.

    In each of its spans the watch gives some discharges a run of their own; the rest go in batches.

    Raises:
        ConfigurationError: the engine ends as soon as it is started, or the installation has no inbox.
    """
    if here.inbox is None:
        raise ConfigurationError("the demo needs an inbox")
    with _engine(clock_file.parent / "engine.log") as engine:
        player = _Player(here, here.inbox, clock_file, engine, MonthReport())
        player.play(arrivals, kill_at=kill_at, closing_at=closing_at)
    from flows.scheduled import close_month

    asyncio.run(_run_to_end(close_month))
    return player.report


async def _run_to_end(flow: Callable[..., Any]) -> None:
    await flow(return_state=True)


@contextmanager
def _engine(log: Path) -> Iterator[Child]:
    pace = {
        variable("run_seconds"): str(RUN_SECONDS),
        variable("tick_seconds"): str(TICK_SECONDS),
        variable("run_budget"): str(math.ceil(RUN_SECONDS * RUNS_A_SECOND)),
    }
    environment = prefect_environment() | pace
    child = start_child("the engine", partial(start_module, "deployments.engine", environment, log))
    try:
        yield child
    finally:
        stop(child.process)


@dataclass(slots=True)
class _Player:
    """Plays a month for one engine."""

    here: Installation
    inbox: Path
    clock_file: Path
    engine: Child
    report: MonthReport

    def play(self, arrivals: Arrivals, *, kill_at: datetime, closing_at: datetime) -> None:
        """Move the clock from instant to instant until `closing_at`, and wait at each until all is done."""
        played, begun, shown = 0, time.monotonic(), ""
        while (instant := self._next_instant(arrivals, played)) is not None and instant < closing_at:
            clock.set_virtual(self.clock_file, instant)
            due = played
            while due < len(arrivals) and arrivals[due][0] <= instant:
                due += 1
            if due > played:
                self._lay_in([line for _, line in arrivals[played:due]])
                if self.report.killed_at is None and instant >= kill_at:
                    self._kill(instant)
                played = due
            self._wait_until_done(instant)
            self.report.instants += 1
            shown = _show(instant, begun, shown)
        clock.set_virtual(self.clock_file, closing_at)
        self._wait_until_done(closing_at)

    def _next_instant(self, arrivals: Arrivals, played: int) -> datetime | None:
        """Return the next full hour at which a message comes, a timer is due or an alert is to be sent."""
        with self.here.database.reading() as session:
            coming = [discharges.next_timer(session), outbox.next_attempt_at(session)]
        if played < len(arrivals):
            coming.append(arrivals[played][0])
        known = [instant for instant in coming if instant is not None]
        if not known:
            return None
        first = plain_utc(max(min(known), clock.now()))
        steps = math.ceil(first.timestamp() / STEP.total_seconds())
        return datetime.fromtimestamp(steps * STEP.total_seconds(), UTC)

    def _lay_in(self, lines: Sequence[str]) -> None:
        """Lay a file into the inbox as a sender does: written under another name, renamed when whole."""
        part = self.inbox / f"{self.report.instants:06d}.part"
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="surrogateescape")
        part.rename(part.with_suffix(".ndjson"))

    def _kill(self, instant: datetime) -> None:
        """Kill the engine while it is at work on what just came."""
        time.sleep(AT_WORK_SECONDS)
        self.engine.process.kill()
        self.engine.process.wait()
        self.report.killed_at = instant
        sys.stderr.write(f"\rhemgang demo: {table_text(instant)}: the engine is killed (kill -9) at its work\n")

    def _wait_until_done(self, instant: datetime) -> None:
        """Wait until the inbox is empty, nothing is due and nothing is left to send; keep the engine up."""
        while not self._is_done(instant):
            before = self.engine.process
            restart_if_ended(self.engine, now=time.monotonic())
            self.report.restarts += self.engine.process is not before
            if self.engine.failures >= MOST_FAILURES:
                raise ConfigurationError(
                    "the engine ends as soon as it is started; see engine.log in the demo's folder"
                )
            time.sleep(LOOK_SECONDS)

    def _is_done(self, instant: datetime) -> bool:
        if not is_empty(self.inbox):
            return False
        with self.here.database.reading() as session:
            if discharges.due_count(session, now=instant):
                return False
            attempt = outbox.next_attempt_at(session)
        return attempt is None or attempt > instant


def _show(instant: datetime, begun: float, shown: str) -> str:
    """Write the day to the terminal unless it is `shown` already, and return it."""
    day = str(local_date(instant))
    if day != shown:
        sys.stderr.write(f"\rhemgang demo: {day}   {time.monotonic() - begun:5.0f} s ")
        sys.stderr.flush()
    return day
