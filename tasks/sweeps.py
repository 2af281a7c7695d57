"""The Prefect tasks: a batch of discharges stepped, and a county's month drafted; each wraps a sweep of the worker."""

from prefect import task

from hemgang.liability.model import Draft
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


@task(name="regions", persist_result=False)
@scrub_errors
async def regions() -> list[str]:
    """Return the county codes that have any discharge."""
    return await sweeps.regions(current_worker())


@task(name="due drafts", persist_result=False)
@scrub_errors
async def drafts_due() -> list[tuple[str, str]]:
    """Return each county with each month (YYYY-MM) whose draft is due and not made."""
    return await sweeps.drafts_due(current_worker())


@task(name="draft", task_run_name="draft {region} {month}", persist_result=False)
@scrub_errors
async def draft_region(region: str, month: str) -> Draft:
    """Draft a region's month from what is known now."""
    return await sweeps.draft_region(current_worker(), region, month)


@task(name="drafted", task_run_name="drafted {region} {month}", persist_result=False)
@scrub_errors
async def note_drafted(region: str, month: str) -> None:
    """Record that a county's drafts are made up to a month, included."""
    await sweeps.note_drafted(current_worker(), region, month)
