"""The two ways in which a watch steps discharges: a few in a run each, beside the sweeps; many as one batch."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Self

from prefect import get_run_logger, tags

from flows.discharge import discharge
from hemgang.engine.advance import Outcome
from hemgang.logs import Event, event
from hemgang.store.discharges import Claim
from tasks.discharges import advance_batch
from tasks.holding import has_begun, let_go
from tasks.timing import nudge

log = logging.getLogger("hemgang.engine")

TASK_FROM = 100
"""From how many discharges on a chunk is a task run: at every tick they would keep the server busier than the work."""

STUCK_SECONDS = 10.0
"""A discharge whose run takes longer than this is stepped without it, and so are the next while it lasts."""


@dataclass(slots=True)
class Totals:
    """What a watch has done so far; `latest_s` is the longest a batched discharge waited past its timer."""

    sweeps: int = 0
    runs: int = 0
    batched: int = 0
    parked: int = 0
    latest_s: float = 0.0


async def by_batch(claims: list[Claim], totals: Totals) -> None:
    """Step all claimed discharges at once; a chunk large enough to be worth a task run of its own gets one."""
    try:
        outcome = await (_in_a_task(claims) if len(claims) >= TASK_FROM else advance_batch.fn(claims, len(claims)))
    finally:
        let_go(one.reference for one in claims)
    totals.batched += len(outcome.advanced)
    nudge()
    totals.parked += len(outcome.parked)
    totals.latest_s = max([totals.latest_s, *(one.late_s for one in outcome.advanced)])
    if outcome.parked:
        event(get_run_logger(), Event.DISCHARGES_SET_ASIDE, count=len(outcome.parked))


async def _in_a_task(claims: list[Claim]) -> Outcome:
    """Step a chunk in a task run; where Prefect has not begun it after a while, without one."""
    run = asyncio.ensure_future(advance_batch(claims, len(claims)))
    try:
        await asyncio.wait({run}, timeout=STUCK_SECONDS)
        if run.done() or has_begun(claims):
            return await run
    finally:
        run.cancel()
    return await advance_batch.fn(claims, len(claims))


class Runs:
    """The `discharge` runs of one watch: started in order, at most `at_once` of them at work."""

    def __init__(self, totals: Totals, *, at_once: int) -> None:
        """Start with none."""
        self._totals = totals
        self._free = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._since: dict[str, float] = {}
        self._waiting: dict[str, Claim] = {}

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for them; where the watch fails or is cancelled, they are cancelled too."""
        for task in self._tasks if kind is not None else ():
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def under_way(self) -> int:
        """How many are at work or wait for it."""
        return len(self._tasks)

    @property
    def stuck(self) -> bool:
        """Whether one takes so long that Prefect seems to hang."""
        return any(time.monotonic() - since > STUCK_SECONDS for since in self._since.values())

    def given_up(self) -> list[Claim]:
        """Return, once each, what has waited for its run for too long."""
        late = [name for name in self._waiting if time.monotonic() - self._since.get(name, 0.0) > STUCK_SECONDS]
        return [self._waiting.pop(name) for name in late]

    def start(self, claims: list[Claim]) -> None:
        """Give each claimed discharge a run of its own."""
        for claimed in claims:
            self._since[claimed.reference] = time.monotonic()
            self._waiting[claimed.reference] = claimed
            task = asyncio.create_task(self._one(claimed))
            self._tasks.add(task)
            task.add_done_callback(self._forget)
        self._totals.runs += len(claims)

    async def ended(self, seconds: float) -> None:
        """Wait until one of them has ended, at most `seconds`."""
        await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):  # stepped again when its claim has run out
            event(log, Event.RUN_FAILED, error=error)

    async def _one(self, claimed: Claim) -> None:
        """Step one in a run, tagged with its region and where it stood; where no run can be had, without one."""
        labels = (f"region:{claimed.region}", claimed.state) if claimed.region else ("new",)
        try:
            async with self._free:
                with tags(*labels):
                    ended = await discharge(claimed.reference, return_state=True)
        except Exception as error:  # Prefect is away: the deadline does not wait for it
            event(get_run_logger(), Event.RUN_FAILED, error=error)
            self._totals.runs -= 1
            if claimed.reference in self._waiting:
                await by_batch([claimed], self._totals)
        else:
            self._totals.parked += ended.is_failed()
        finally:
            self._since.pop(claimed.reference, None)
            self._waiting.pop(claimed.reference, None)
            let_go([claimed.reference])
        nudge()
