"""The month's closing: on its working day, a draft of the month that ended is laid before both parties."""

from datetime import date, timedelta

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from calendars.sweden import is_working_day
from calendars.zone import local_date
from flows.naming import run_name
from hemgang import clock
from hemgang.liability.model import Draft, Statement
from hemgang.logs import wordless
from tasks.closing import draft_region, regions

CLOSING_WORKING_DAY = 5
"""The working day of the next month on which the draft is made; no source gives one (assumption)."""


@flow(name="close-month", flow_run_name=run_name("close-month"), validate_parameters=False, persist_result=False)
@wordless
async def close_month(month: str | None = None) -> State[None]:
    """Draft the month that ended, if today is its working day; with `month` (YYYY-MM) draft that month now.

    Closing itself needs a named person (`hemgang close --commit`): a flow never closes over findings.
    """
    today = local_date(clock.now())
    wanted = month or month_due(today)
    if wanted is None:
        return Completed(name="Not today", message=f"working day {working_day_number(today)} of the month")
    drafted = 0
    for region in await regions():
        draft = await draft_region(region, wanted)
        await acreate_table_artifact(
            key=f"close-{region}-{wanted}",
            table=[_sums(statement, draft) for statement in draft.statements],
            description=f"Draft of {wanted}, county {region}: sums and counts only.",
        )
        drafted += 1
    return Completed(name="Drafted", message=f"{wanted}: {drafted} counties")


def _sums(statement: Statement, draft: Draft) -> dict[str, object]:
    return {
        "payer": statement.payer,
        "discharged": statement.population,
        "care days": str(statement.care_days),
        "kronor": f"{statement.amount:.2f}",
        "to review": sum(1 for item in draft.review if item.payer == statement.payer),
    }


def month_due(today: date) -> str | None:
    """Return the month (YYYY-MM) whose draft is made on `today`, None on any other day."""
    if not is_working_day(today) or working_day_number(today) != CLOSING_WORKING_DAY:
        return None
    last = today.replace(day=1) - timedelta(days=1)
    return f"{last:%Y-%m}"


def working_day_number(today: date) -> int:
    """Return how many working days the month has had by the end of `today`.

    >>> working_day_number(date(2023, 5, 8))
    5
    """
    return sum(is_working_day(today.replace(day=day)) for day in range(1, today.day + 1))
