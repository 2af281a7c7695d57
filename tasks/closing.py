"""Tasks of the month's closing: which drafts are due, one region's draft, and that it is made."""

from anyio import to_thread
from prefect import task

from hemgang import clock
from hemgang.liability.model import Draft, Month
from hemgang.logs import scrub_errors
from hemgang.services.closing import draft_month
from hemgang.services.monthly_drafts import drafts_due, note_drafted
from hemgang.store.discharges import regions_with_discharges
from hemgang.worker.context import decision_now, installation


@task(name="regions", persist_result=False)
@scrub_errors
async def regions() -> list[str]:
    """Return the county codes that have any discharge."""

    def look() -> list[str]:
        with installation().database.reading() as session:
            return regions_with_discharges(session)

    return await to_thread.run_sync(look)


@task(name="draft", task_run_name="draft {region} {month}", persist_result=False)
@scrub_errors
async def draft_region(region: str, month: str) -> Draft:
    """Draft a region's month from what is known now."""
    here = installation()
    return await to_thread.run_sync(
        lambda: draft_month(here.database, region=region, month=Month.parse(month), rules=here.rules, now=clock.now())
    )


@task(name="due drafts", persist_result=False)
@scrub_errors
async def due() -> list[tuple[str, str]]:
    """Return each county with each month (YYYY-MM) whose draft is due and not made."""

    def look() -> list[tuple[str, str]]:
        now = decision_now()
        with installation().database.reading() as session:
            return [(region, str(month)) for region, month in drafts_due(session, now=now)]

    return await to_thread.run_sync(look)


@task(name="drafted", task_run_name="drafted {region} {month}", persist_result=False)
@scrub_errors
async def drafted(region: str, month: str) -> None:
    """Keep that a county's drafts are made up to a month, included."""

    def write() -> None:
        with installation().database.writing() as session:
            note_drafted(session, region, Month.parse(month))

    await to_thread.run_sync(write)
