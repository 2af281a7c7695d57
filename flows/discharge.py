"""The flow of one discharge: one run is one step of its state machine, named by reference, and says where it stands."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from hemgang.logs import wordless
from tasks.discharges import step_discharge


@flow(name="discharge", flow_run_name="{reference}", validate_parameters=False, persist_result=False)
@wordless
async def discharge(reference: str) -> State[None]:
    """Step the discharge that `reference` names; done twice, the second time changes nothing.

    The run's final state is named after the discharge's own state and its message says what is due next.
    """
    outcome = await step_discharge(reference)
    if outcome.parked:
        return Failed(name="Set aside", message="the step failed; tried again in an hour, see the engine's log")
    if not outcome.advanced:
        return Completed(
            name="Nothing to do", message="held by another worker, its facts just changed, or the clock was put back"
        )
    advanced = outcome.advanced[0]
    return Completed(name=advanced.state.capitalize(), message=advanced.standing)
