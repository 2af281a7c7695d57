"""Messages of one stay, told in local time; for the tests of the fold only."""

from datetime import UTC, date, datetime
from typing import Any

from calendars.timezone import read_local
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode, State
from hemgang.findings import Code
from hemgang.messages.model import Message
from hemgang.messages.model import MessageType as M

NEEDED: dict[M, dict[str, Any]] = {
    M.ADMITTED: {"region": "23", "municipality": "2380", "care": "somatic"},
    M.CARE_CONTACT_ASSIGNED: {"contact": "c1"},
    M.EXPECTED_DISCHARGE_CHANGED: {"expected_discharge": date(2023, 3, 9)},
    M.SIP_NEED: {"needed": "yes"},
    M.OUTPATIENT_CARE: {"available": "yes"},
    M.TRANSFERRED: {"clinic": "ward-2"},
    M.PAYER_CHANGED: {"municipality": "2326"},
    M.RETRACTED: {"message": "nothing"},
}


def at(text: str) -> datetime:
    """Return the instant of a local time."""
    instant = read_local(datetime.fromisoformat(text)).instant
    assert instant is not None
    return datetime.fromtimestamp(instant.timestamp(), UTC)


def say(kind: M, when: str, id: str = "", *, received: str | None = None, **fields: Any) -> Message:  # noqa: A002
    """Return one message; its id is its type unless given."""
    sent = at(when)
    return Message(
        id=id or kind.value,
        episode="e1",
        type=kind,
        at=sent,
        received_at=at(received) if received else sent,
        fields=NEEDED.get(kind, {}) | fields,
    )


PATHS: dict[State, tuple[M, ...]] = {
    State.UNOPENED: (),
    State.ADMITTED: (M.ADMITTED,),
    State.PLANNING: (M.ADMITTED, M.ADMISSION_NOTICE),
    State.READY: (M.ADMITTED, M.ADMISSION_NOTICE, M.READY_NOTICE),
    State.DISCHARGED: (M.ADMITTED, M.ADMISSION_NOTICE, M.READY_NOTICE, M.DISCHARGED),
    State.DIED: (M.ADMITTED, M.ADMISSION_NOTICE, M.READY_NOTICE, M.DIED),
    State.CANCELLED: (M.ADMITTED, M.ADMISSION_NOTICE, M.READY_NOTICE, M.CANCELLED),
}
"""A way into every state."""


def way_to(state: State, **admission: Any) -> list[Message]:
    """Return messages that lead to a state, one an hour from 2023-03-06 08:00."""
    return [
        say(kind, f"2023-03-06 {8 + hour:02}:00", f"way-{hour}", **(admission if kind is M.ADMITTED else {}))
        for hour, kind in enumerate(PATHS[state])
    ]


def codes(episode: Episode) -> list[Code]:
    """Return the codes of an episode's findings."""
    return [finding.code for finding in episode.findings]


def told(*messages: Message) -> Episode:
    """Return the episode that messages make after a stay is open in planning."""
    return fold([*way_to(State.PLANNING), *messages])
