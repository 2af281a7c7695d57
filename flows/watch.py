"""The watch: wakes the discharges whose timer is due, one run each while they are few, in chunks when they are many."""

import asyncio
from dataclasses import dataclass

from prefect import flow, get_run_logger, tags
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.discharge import discharge
from flows.naming import run_name
from hemgang.logs import Event, event, wordless
from hemgang.store.discharges import Claim
from tasks.discharges import advance_batch, claim
from tasks.timing import Allowance, Lifetime, nudge

TASK_FROM = 100
"""From how many discharges on a chunk is a task run: at every tick they would keep the server busier than the work."""


@dataclass(slots=True)
class Totals:
    """What a watch has done so far; `latest_s` is the longest a batched discharge waited past its timer."""

    sweeps: int = 0
    runs: int = 0
    batched: int = 0
    parked: int = 0
    latest_s: float = 0.0


@flow(name="watch", flow_run_name=run_name("watch"), validate_parameters=False, persist_result=False)
@wordless
async def watch(
    for_seconds: float = 0.0,
    every_seconds: float = 2.0,
    run_limit: int = 20,
    batch_limit: int = 2_000,
    runs_at_once: int = 1,
    run_budget: int | None = None,
    runs_a_second: float | None = None,
) -> State[None]:
    """Sweep for due discharges at once and then every `every_seconds`, for `for_seconds` (0 = until nothing is due).

    Up to `run_limit` due discharges get a `discharge` run each, `runs_at_once` at a time; more than that go through
    `advance_batch`, the same pure step, and so does everything once this watch has started `run_budget` runs, or more
    than `runs_a_second` on average: a run takes longer than a step by hundreds, and nobody may wait for it (None =
    no budget). Claims in our own tables say which worker steps which, so any number of watches may run.
    """
    lifetime = Lifetime(for_seconds)
    totals = Totals()
    allowed = Allowance(runs_a_second, run_limit)
    while True:
        lifetime.look()
        claims = await claim(max(run_limit + 1, batch_limit))
        totals.sweeps += 1
        few = min(allowed.left, run_limit if run_budget is None else run_budget - totals.runs)
        if claims and len(claims) <= few:
            allowed.use(len(claims))
            await by_runs(claims, totals, at_once=runs_at_once)
        elif claims:
            await by_batch(claims, totals)
        elif lifetime.over or not await lifetime.wait(every_seconds):
            break
    await _report(totals)
    return Completed(message=f"{totals.runs} by runs, {totals.batched} in batches, {totals.parked} set aside")


async def by_runs(claims: list[Claim], totals: Totals, *, at_once: int) -> None:
    """Give each claimed discharge a run of its own, tagged with its region and where it stood when it was woken."""
    free = asyncio.Semaphore(at_once)

    async def one(claimed: Claim) -> None:
        labels = (f"region:{claimed.region}", claimed.state) if claimed.region else ("new",)
        async with free:
            with tags(*labels):
                ended = await discharge(claimed.reference, return_state=True)
        totals.parked += ended.is_failed()

    await asyncio.gather(*(one(claimed) for claimed in claims))
    totals.runs += len(claims)
    nudge()


async def by_batch(claims: list[Claim], totals: Totals) -> None:
    """Step all claimed discharges at once; a chunk large enough to be worth a task run of its own gets one."""
    step = advance_batch if len(claims) >= TASK_FROM else advance_batch.fn
    outcome = await step(claims, len(claims))
    totals.batched += len(outcome.advanced)
    nudge()
    totals.parked += len(outcome.parked)
    totals.latest_s = max([totals.latest_s, *(one.late_s for one in outcome.advanced)])
    if outcome.parked:
        event(get_run_logger(), Event.DISCHARGES_SET_ASIDE, count=len(outcome.parked))


async def _report(totals: Totals) -> None:
    await acreate_table_artifact(
        key="watch",
        table=[
            {
                "sweeps": totals.sweeps,
                "discharge runs": totals.runs,
                "in batches": totals.batched,
                "set aside": totals.parked,
                "latest after its timer (s)": round(totals.latest_s, 1),
            }
        ],
        description="What this watch did; counts only.",
    )
