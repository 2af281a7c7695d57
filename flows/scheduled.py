"""The flows of the calendar: the drafts of the months that ended, and the clearing of old runs and old journal days."""

import logging
from contextlib import suppress
from datetime import timedelta

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterStartTime
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Failed

from flows.sweeps import run_name
from hemgang import clock
from hemgang.liability.model import Draft, Statement
from hemgang.logs import Event, event, scrub_errors
from hemgang.notifications.rendering import Trouble
from tasks.current import current_worker
from tasks.sweeps import draft_region, drafts_due, note_drafted, regions

RUNS_AT_ONCE = 200

log = logging.getLogger(__name__)


@flow(name="close-month", flow_run_name=run_name("close-month"), validate_parameters=False, persist_result=False)
@scrub_errors
async def close_month(month: str | None = None) -> State[None]:
    """Draft every month that is due and not drafted, each county by itself; with `month` (YYYY-MM) draft that one now.

    A county whose draft fails is told to the operator and tried again at the next run; the others are drafted, and the
    run fails at its end. Closing itself needs a named person (`hemgang close --commit`): a flow never closes over
    findings.
    """
    due = await drafts_due() if month is None else [(region, month) for region in await regions()]
    if not due:
        return Completed(name="Nothing due", message="every month that is due is drafted")
    failed: set[str] = set()
    done = 0
    for region, each in due:
        if await _draft(region, each):
            done += 1
            if month is None and region not in failed:
                await note_drafted(region, each)
        else:
            failed.add(region)
    message = f"{', '.join(sorted({each for _, each in due}))}: {done} of {len(due)} drafts"
    if failed:
        worker = current_worker()
        worker.alarm(Trouble.DRAFT_FAILED, worker.now())
        return Failed(name="Incomplete", message=f"{message}; not of county {', '.join(sorted(failed))}")
    return Completed(name="Drafted", message=message)


@flow(name="clear-old-runs", validate_parameters=False, persist_result=False)
@scrub_errors
async def clear_old_runs(older_than_days: int = 14) -> State[None]:
    """Delete from Prefect's database, which keeps them all, runs that began more than `older_than_days` days ago.

    Those that a kill left as running go too, and so do the days of the delivery journal that no backup needs any more.
    """
    deleted = await delete_runs(older_than_days)
    current_worker().clear_journal()
    return Completed(message=f"{deleted} runs deleted")


async def delete_runs(older_than_days: int) -> int:
    """Delete runs that began more than `older_than_days` days ago by the machine's clock; return how many."""
    before = clock.machine_now() - timedelta(days=older_than_days)
    old = FlowRunFilter(start_time=FlowRunFilterStartTime(before_=before))
    deleted = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=old, limit=RUNS_AT_ONCE):
            for run in runs:
                with suppress(ObjectNotFound):  # another deleted it meanwhile
                    await client.delete_flow_run(run.id)
            deleted += len(runs)
    return deleted


async def _draft(region: str, month: str) -> bool:
    """Draft a county's month and show it; False if that failed, which is logged."""
    try:
        draft = await draft_region(region, month)
        await acreate_table_artifact(
            key=f"close-{region}-{month}",
            table=[_sums(statement, draft) for statement in draft.statements],
            description=f"Draft of {month}, county {region}: sums and counts only.",
        )
    except Exception as error:  # one county's month never stops the others
        event(log, Event.DRAFT_FAILED, region=region, month=month, error=error)
        return False
    return True


def _sums(statement: Statement, draft: Draft) -> dict[str, object]:
    return {
        "payer": statement.payer,
        "discharged": statement.population,
        "care days": str(statement.care_days),
        "kronor": f"{statement.amount:.2f}",
        "to review": sum(1 for item in draft.review if item.payer == statement.payer),
    }
