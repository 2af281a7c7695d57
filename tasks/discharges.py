"""The task of the watch: a batch of discharges that is large enough to be shown as a task run of its own."""

from prefect import task

from hemgang.logs import scrub_errors
from hemgang.services.advance import AdvanceReport
from hemgang.store.discharges import Claim
from hemgang.worker import sweeps
from hemgang.worker.loops import Loop
from tasks.current import current_worker


@task(name="advance batch", task_run_name="advance {count} discharges", persist_result=False)
@scrub_errors
async def step_batch_task(claims: list[Claim], count: int) -> AdvanceReport:
    """Step a batch of claimed discharges."""
    worker = current_worker()
    with worker.liveness.looking(Loop.WATCH):
        return await sweeps.step_batch(worker, claims)
