"""Tasks of the month's closing: which regions there are, and one region's draft."""

from typing import Any

from prefect import task
from sqlalchemy import select
from sqlmodel import col

from hemgang import clock
from hemgang.engine.closing import draft_month
from hemgang.liability.month import Month
from hemgang.store.tables import DischargeRow
from tasks.installation import installation


@task(name="regions", persist_result=False)
def regions() -> list[str]:
    """Return the county codes that have any discharge."""
    with installation().database.reading() as session:
        query = select(col(DischargeRow.region)).where(col(DischargeRow.region) != "").distinct()
        return sorted(session.scalars(query))


@task(name="draft", task_run_name="draft {region} {month}", persist_result=False)
def draft_region(region: str, month: str) -> list[dict[str, Any]]:
    """Draft a region's month; return one line a payer, with sums and counts only."""
    here = installation()
    drafted = draft_month(
        here.database, region=region, month=Month.parse(month), rules=here.rules, now=clock.now()
    )
    return [
        {
            "payer": statement.payer,
            "discharged": statement.population,
            "care days": str(statement.care_days),
            "kronor": f"{statement.amount:.2f}",
            "to review": sum(1 for item in drafted.review if item.payer == statement.payer),
        }
        for statement in drafted.statements
    ]
