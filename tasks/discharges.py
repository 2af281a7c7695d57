"""Tasks that move discharges on: claim those that are due, step one, step a chunk."""

from anyio import to_thread
from prefect import task

from hemgang import clock
from hemgang.engine.advance import Outcome, advance, advance_reference, claim_due
from hemgang.store.discharges import Claim
from tasks.installation import installation, worker


async def claim(limit: int) -> list[Claim]:
    """Claim up to `limit` due discharges for this worker; no task of its own, it runs at every tick."""
    here = installation()
    return await to_thread.run_sync(lambda: claim_due(here.database, now=clock.now(), owner=worker(), limit=limit))


async def step_discharge(reference: str) -> Outcome:
    """Step one discharge in one transaction; the outcome is empty if there was nothing to do here.

    No Prefect task of its own: the flow run is the step, and a task that inherits the run's tags asks the server for
    concurrency slots by tag, which doubles what a run costs (docs/decisions/0007).
    """
    here = installation()
    return await to_thread.run_sync(
        lambda: advance_reference(here.database, reference, here.rules, now=clock.now(), owner=worker())
    )


@task(name="advance batch", task_run_name="advance {count} discharges", persist_result=False)
async def advance_batch(claims: list[Claim], count: int) -> Outcome:
    """Step a chunk of claimed discharges through the same pure step as a single one."""
    here = installation()
    return await to_thread.run_sync(lambda: advance(here.database, claims, here.rules, now=clock.now()))
