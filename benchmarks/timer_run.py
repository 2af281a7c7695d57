"""The self-rescheduling run (form c of docs/decisions/0007): one run is one discharge; here to be measured only."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Scheduled
from sqlalchemy import select
from sqlmodel import col

from hemgang.store.tables import DischargeRow
from hemgang.worker import sweeps
from tasks.current import current_worker


@flow(name="timer-run", flow_run_name="{reference}", validate_parameters=False, persist_result=False)
async def timer_run(reference: str) -> State[None]:
    """Step a discharge, send what it alerts, and return the state in which the run waits for its next timer."""
    worker = current_worker()
    await sweeps.step_discharge(worker, reference)
    await sweeps.send_pending(worker)
    with worker.installation.database.reading() as session:
        wake = session.scalar(select(col(DischargeRow.next_wake)).where(col(DischargeRow.reference) == reference))
    return Completed() if wake is None else Scheduled(name="AwaitingTimer", scheduled_time=wake)
