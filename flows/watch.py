"""The watch: wakes the discharges whose timer is due, one run each while they are few, in chunks when they are many."""

import asyncio
from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from prefect import flow, get_run_logger, tags
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.discharge import discharge
from hemgang.store.discharges import Claim
from tasks.discharges import advance_batch, claim
from tasks.timing import Lifetime

RUNS_AT_ONCE = 8


@dataclass(slots=True)
class Totals:
    """What a watch has done so far."""

    sweeps: int = 0
    runs: int = 0
    batched: int = 0
    parked: int = 0
    latest_s: float = 0.0


@flow(name="watch", validate_parameters=False, persist_result=False)
async def watch(
    for_seconds: float = 0.0, every_seconds: float = 2.0, run_limit: int = 20, batch_limit: int = 2_000
) -> State[None]:
    """Sweep for due discharges at once and then every `every_seconds`, for `for_seconds` (0 = one complete sweep).

    Up to `run_limit` due discharges get a `discharge` run each; more than that go through `advance_batch`, the same
    pure step. Which worker steps which is decided by claims in our tables, so any number of watches may run.
    """
    lifetime = Lifetime(for_seconds)
    totals = Totals()
    while True:
        found = await sweep(totals, run_limit=run_limit, batch_limit=batch_limit)
        if not found and (lifetime.over or not await lifetime.wait(every_seconds)):
            break
    await _report(totals)
    return Completed(message=f"{totals.runs} by runs, {totals.batched} in batches, {totals.parked} set aside")


async def sweep(totals: Totals, *, run_limit: int, batch_limit: int) -> int:
    """Claim what is due and step it; return how many discharges were due."""
    claims = await to_thread.run_sync(claim, max(run_limit + 1, batch_limit))
    totals.sweeps += 1
    if not claims:
        return 0
    if len(claims) <= run_limit:
        await _by_runs(claims, totals)
    else:
        await _by_batch(claims, totals)
    return len(claims)


async def _by_runs(claims: list[Claim], totals: Totals) -> None:
    free = asyncio.Semaphore(RUNS_AT_ONCE)

    async def one(claimed: Claim) -> None:
        async with free:
            with tags(*labels(claimed)):
                await discharge(claimed.reference, return_state=True)

    await asyncio.gather(*(one(claimed) for claimed in claims))
    totals.runs += len(claims)


async def _by_batch(claims: list[Claim], totals: Totals) -> None:
    done: dict[str, Any] = await to_thread.run_sync(lambda: advance_batch(claims, len(claims)))
    totals.batched += int(done["stepped"])
    totals.parked += int(done["parked"])
    totals.latest_s = max(totals.latest_s, float(done["latest_s"]))
    if done["parked"]:
        get_run_logger().warning("%s discharges set aside for an hour", done["parked"])


def labels(claimed: Claim) -> tuple[str, ...]:
    """Return the tags of a discharge's run: its region and where it stood when it was woken."""
    return (f"region:{claimed.region}", claimed.state) if claimed.region else ("new",)


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
