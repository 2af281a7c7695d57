"""The tasks of the month's closing: which drafts are due, one region's draft, and that it is made."""

from prefect import task

from hemgang.liability.model import Draft
from hemgang.logs import scrub_errors
from hemgang.worker import sweeps
from tasks.current import current_worker


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
