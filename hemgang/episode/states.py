"""The state machine of a discharge as data: which message moves which state to which (specification 1.3).

The diagram in the documentation is printed from these tables by `python -m hemgang.episode.diagram`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from hemgang.episode.model import State
from hemgang.messages.model import MessageType as M

OPEN = (State.ADMITTED, State.PLANNING, State.READY)

TRANSITIONS: Mapping[tuple[State, M], State] = MappingProxyType(
    {
        (State.UNOPENED, M.ADMITTED): State.ADMITTED,
        (State.ADMITTED, M.ADMISSION_NOTICE): State.PLANNING,
        (State.PLANNING, M.ADMISSION_NOTICE): State.PLANNING,
        (State.READY, M.ADMISSION_NOTICE): State.READY,
        (State.ADMITTED, M.READY_NOTICE): State.READY,
        (State.PLANNING, M.READY_NOTICE): State.READY,
        (State.READY, M.READY_NOTICE): State.READY,
        (State.READY, M.READY_WITHDRAWN): State.PLANNING,
        (State.ADMITTED, M.DISCHARGED): State.DISCHARGED,
        (State.PLANNING, M.DISCHARGED): State.DISCHARGED,
        (State.READY, M.DISCHARGED): State.DISCHARGED,
        (State.ADMITTED, M.DIED): State.DIED,
        (State.PLANNING, M.DIED): State.DIED,
        (State.READY, M.DIED): State.DIED,
        (State.ADMITTED, M.CANCELLED): State.CANCELLED,
        (State.PLANNING, M.CANCELLED): State.CANCELLED,
        (State.READY, M.CANCELLED): State.CANCELLED,
        (State.DISCHARGED, M.CANCELLED): State.CANCELLED,
        (State.DIED, M.CANCELLED): State.CANCELLED,
    }
)

RESUMING: frozenset[tuple[State, M]] = frozenset({(State.DISCHARGED, M.DISCHARGE_CANCELLED)})
"""Messages that undo an end: the discharge goes on in the state, and the ready period, that it was in before."""

FACTS_AT_ANY_TIME: frozenset[M] = frozenset(
    {
        M.ADMISSION_NOTICE_ACKNOWLEDGED,
        M.PLANNING_STARTED,
        M.CARE_CONTACT_ASSIGNED,
        M.EXPECTED_DISCHARGE_CHANGED,
        M.SIP_NEED,
        M.OUTPATIENT_CARE,
        M.CARE_PLAN_ESTABLISHED,
        M.SIP_CALLED,
        M.SIP_HELD,
        M.SIP_ESTABLISHED,
        M.DISCHARGE_INFORMATION,
    }
)
"""Messages that move no state and count whenever they come, even after the discharge (a late SIP call is one)."""

FACTS_DURING_STAY: frozenset[M] = frozenset({M.LEAVE_STARTED, M.LEAVE_ENDED, M.TRANSFERRED, M.PAYER_CHANGED})
"""Messages that move no state and mean something only while the patient is in."""


def expected_in(state: State) -> str:
    """Return, for a finding, which messages a state can take."""
    moving = sorted({kind.value for where, kind in (*TRANSITIONS, *RESUMING) if where is state})
    return f"in state {state}: {', '.join(moving) or 'nothing more'}"
