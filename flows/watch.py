"""The watch: wakes the discharges whose timer is due, one run each while they are few, in chunks when they are many."""

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.naming import run_name
from flows.stepping import Runs, Totals, by_batch
from hemgang.logs import wordless
from tasks.discharges import claim, wait_seconds
from tasks.timing import Allowance, Lifetime


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
    """Sweep for due discharges at once and whenever the next is due, for `for_seconds` (0 = until nothing is due).

    At least every `every_seconds`, since facts come from elsewhere. Up to `run_limit` due discharges get a `discharge`
    run each, `runs_at_once` at a time, and the sweeps go on beside them; more than that go through `advance_batch`, the
    same pure step, and so does everything once this watch has started `run_budget` runs, or more than `runs_a_second`
    on average: a run takes longer than a step by hundreds, and nobody may wait for it (None = no budget). Claims in our
    own tables say which worker steps which, so any number of watches may run.
    """
    lifetime = Lifetime(for_seconds)
    totals = Totals()
    allowed = Allowance(runs_a_second, run_limit)
    async with Runs(totals, at_once=runs_at_once) as runs:
        while True:
            lifetime.look()
            if late := runs.given_up():
                await by_batch(late, totals)
            claims = await claim(max(run_limit + 1, batch_limit))
            totals.sweeps += 1
            few = min(allowed.left, run_limit if run_budget is None else run_budget - totals.runs) - runs.under_way
            if claims and len(claims) <= few and not runs.stuck:
                allowed.use(len(claims))
                runs.start(claims)
            elif claims:
                await by_batch(claims, totals)
            elif runs.under_way and lifetime.over:
                await runs.ended(every_seconds)
            elif lifetime.over:
                break
            else:
                await lifetime.wait(await wait_seconds(every_seconds))
    await _report(totals)
    return Completed(message=f"{totals.runs} by runs, {totals.batched} in batches, {totals.parked} set aside")


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
