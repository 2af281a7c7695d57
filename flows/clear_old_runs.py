"""Clears old runs from Prefect's own database, which keeps them all, and old days of the journal of the delivered."""

from contextlib import suppress
from datetime import timedelta

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterStartTime
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed

from hemgang import clock
from hemgang.logs import wordless
from tasks.vigil import clear_journal

AT_ONCE = 200


@flow(name="clear-old-runs", validate_parameters=False, persist_result=False)
@wordless
async def clear_old_runs(older_than_days: int = 14) -> State[None]:
    """Delete runs that began more than `older_than_days` days ago, also those that a kill left as running."""
    before = clock.machine_now() - timedelta(days=older_than_days)
    old = FlowRunFilter(start_time=FlowRunFilterStartTime(before_=before))
    deleted = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=old, limit=AT_ONCE):
            for run in runs:
                with suppress(ObjectNotFound):  # another deleted it meanwhile
                    await client.delete_flow_run(run.id)
            deleted += len(runs)
    clear_journal()
    return Completed(message=f"{deleted} runs deleted")
