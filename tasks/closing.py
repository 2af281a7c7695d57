"""Tasks of the month's closing: which regions there are, and one region's draft."""

from anyio import to_thread
from prefect import task

from hemgang import clock
from hemgang.engine.closing import draft_month
from hemgang.liability.model import Draft
from hemgang.liability.month import Month
from hemgang.logs import wordless
from hemgang.store.regions import regions_with_discharges
from tasks.installation import installation


@task(name="regions", persist_result=False)
@wordless
async def regions() -> list[str]:
    """Return the county codes that have any discharge."""

    def look() -> list[str]:
        with installation().database.reading() as session:
            return regions_with_discharges(session)

    return await to_thread.run_sync(look)


@task(name="draft", task_run_name="draft {region} {month}", persist_result=False)
@wordless
async def draft_region(region: str, month: str) -> Draft:
    """Draft a region's month from what is known now."""
    here = installation()
    return await to_thread.run_sync(
        lambda: draft_month(here.database, region=region, month=Month.parse(month), rules=here.rules, now=clock.now())
    )
