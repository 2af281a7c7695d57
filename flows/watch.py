"""The watch: steps the discharges whose timer is due, in a run each while they are few, in batches when they are many.

A run is one step of one discharge's state machine. It is named by the reference, and says where the discharge stands.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Self

from prefect import flow, get_run_logger, tags
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.sweeps import run_name
from hemgang.logs import Event, event, scrub_errors
from hemgang.services.advance import AdvanceReport
from hemgang.store.discharges import Claim
from hemgang.worker import sweeps
from hemgang.worker.loops import Allowance, Loop
from hemgang.worker.worker import Worker
from tasks.current import current_worker
from tasks.sweeps import step_batch_task

TASK_FROM = 100
"""From how many discharges on a batch is a task run: at every tick they would keep the server busier than the work."""

STUCK_SECONDS = 10.0
"""A discharge whose run takes longer than this is stepped without it, and so are the next while it lasts."""

log = logging.getLogger("hemgang.engine")


@dataclass(slots=True)
class Totals:
    """What a watch has done so far; `latest_s` is the longest a batched discharge waited past its timer."""

    sweeps: int = 0
    runs: int = 0
    batched: int = 0
    set_aside: int = 0
    latest_s: float = 0.0


@flow(name="watch", flow_run_name=run_name("watch"), validate_parameters=False, persist_result=False)
@scrub_errors
async def watch(
    for_seconds: float = 0.0,
    every_seconds: float = 2.0,
    run_limit: int = 20,
    batch_limit: int = 2_000,
    runs_at_once: int = 1,
    run_budget: int | None = None,
    runs_a_second: float | None = None,
) -> State[None]:
    """Sweep for due discharges at once and whenever the next is due, for `for_seconds` (0 = until nothing is due).

    At least every `every_seconds`, since facts come from elsewhere. Up to `run_limit` due discharges get a `discharge`
    run each, `runs_at_once` at a time, and the sweeps go on beside them; more than that go through `advance_batch`, the
    same pure step, and so does everything once this watch has started `run_budget` runs, or more than `runs_a_second`
    on average: a run takes longer than a step by hundreds, and nobody may wait for it (None = no budget). Claims in our
    own tables say which worker steps which, so any number of watches may run.
    """
    worker = current_worker()
    lifetime = worker.lifetime(for_seconds)
    totals = Totals()
    allowed = Allowance(runs_a_second, run_limit)
    async with RunPool(worker, totals, at_once=runs_at_once) as runs:
        while True:
            lifetime.look()
            if late := runs.overdue():
                await advance_batch(worker, late, totals)
            with worker.liveness.looking(Loop.WATCH):
                claims = await sweeps.claim(worker, max(run_limit + 1, batch_limit))
            totals.sweeps += 1
            few = min(allowed.left, run_limit if run_budget is None else run_budget - totals.runs) - runs.under_way
            if claims and len(claims) <= few and not runs.stuck:
                allowed.use(len(claims))
                runs.start(claims)
            elif claims:
                await advance_batch(worker, claims, totals)
            elif runs.under_way and lifetime.over:
                await runs.wait_for_one(every_seconds)
            elif lifetime.over:
                break
            else:
                await lifetime.wait(await sweeps.seconds_to_next_timer(worker, every_seconds))
    await _show(totals)
    return Completed(message=f"{totals.runs} by runs, {totals.batched} in batches, {totals.set_aside} set aside")


@flow(name="discharge", flow_run_name="{reference}", validate_parameters=False, persist_result=False)
@scrub_errors
async def discharge(reference: str) -> State[None]:
    """Step the discharge that `reference` names; done twice, the second time changes nothing.

    The run's final state is named after the discharge's own state and its message says what is due next. There is no
    task in it: one that inherits the run's tags asks the server for concurrency slots by tag, which doubles what a run
    costs (docs/decisions/0007).
    """
    outcome = await sweeps.step_discharge(current_worker(), reference)
    if outcome.set_aside:
        return Failed(name="Set aside", message="the step failed; tried again in an hour, see the engine's log")
    if not outcome.advanced:
        return Completed(
            name="Nothing to do", message="held by another worker, its facts just changed, or the clock was put back"
        )
    advanced = outcome.advanced[0]
    return Completed(name=advanced.state.capitalize(), message=advanced.standing)


class RunPool:
    """The `discharge` runs of one watch: started in order, at most `at_once` of them at work."""

    def __init__(self, worker: Worker, totals: Totals, *, at_once: int) -> None:
        """Start with none."""
        self._worker = worker
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

    def overdue(self) -> list[Claim]:
        """Return, once each, what has waited for its run for too long."""
        late = [name for name in self._waiting if time.monotonic() - self._since.get(name, 0.0) > STUCK_SECONDS]
        return [self._waiting.pop(name) for name in late]

    def start(self, claims: list[Claim]) -> None:
        """Give each claimed discharge a run of its own."""
        for claimed in claims:
            self._since[claimed.reference] = time.monotonic()
            self._waiting[claimed.reference] = claimed
            task = asyncio.create_task(self._run(claimed))
            self._tasks.add(task)
            task.add_done_callback(self._forget)
        self._totals.runs += len(claims)

    async def wait_for_one(self, seconds: float) -> None:
        """Wait until one of them has ended, at most `seconds`."""
        await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):  # stepped again when its claim has run out
            event(log, Event.RUN_FAILED, error=error)

    async def _run(self, claimed: Claim) -> None:
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
                await advance_batch(self._worker, [claimed], self._totals)
        else:
            self._totals.set_aside += ended.is_failed()
        finally:
            self._since.pop(claimed.reference, None)
            self._waiting.pop(claimed.reference, None)
            self._worker.leases.release([claimed])
        self._worker.wake()


async def advance_batch(worker: Worker, claims: list[Claim], totals: Totals) -> None:
    """Step claimed discharges together, and add what became of them to the totals."""
    try:
        outcome = await (_step_in_task if len(claims) >= TASK_FROM else _step)(worker, claims)
    finally:
        worker.leases.release(claims)
    worker.wake()
    totals.batched += len(outcome.advanced)
    totals.set_aside += len(outcome.set_aside)
    totals.latest_s = max([totals.latest_s, *(one.late_s for one in outcome.advanced)])
    if outcome.set_aside:
        event(get_run_logger(), Event.DISCHARGES_SET_ASIDE, count=len(outcome.set_aside))


async def _step(worker: Worker, claims: list[Claim]) -> AdvanceReport:
    with worker.liveness.looking(Loop.WATCH):
        return await sweeps.step_batch(worker, claims)


async def _step_in_task(worker: Worker, claims: list[Claim]) -> AdvanceReport:
    """Step a batch in a task run; where Prefect has not begun it after a while, without one."""
    run = asyncio.ensure_future(step_batch_task(claims, len(claims)))
    try:
        await asyncio.wait({run}, timeout=STUCK_SECONDS)
        if run.done() or worker.leases.has_begun(claims):
            return await run
    finally:
        run.cancel()
    return await _step(worker, claims)


async def _show(totals: Totals) -> None:
    await acreate_table_artifact(
        key="watch",
        table=[
            {
                "sweeps": totals.sweeps,
                "discharge runs": totals.runs,
                "in batches": totals.batched,
                "set aside": totals.set_aside,
                "latest after its timer (s)": round(totals.latest_s, 1),
            }
        ],
        description="What this watch did; counts only.",
    )
