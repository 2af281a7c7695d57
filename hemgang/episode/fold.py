"""The fold: from all messages of one episode, in any order of arrival, to the episode (specification 1.2, 1.3)."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from hemgang.episode.building import Building
from hemgang.episode.model import Episode, State
from hemgang.episode.retractions import without_retracted
from hemgang.episode.states import FACTS_AT_ANY_TIME
from hemgang.findings import Code, Finding
from hemgang.messages.model import Message, MessageType

_ORDER = attrgetter("at", "received_at", "id")  # as Message.order has it
EARLY_FACTS = FACTS_AT_ANY_TIME | {MessageType.ADMISSION_NOTICE}


def fold(messages: Iterable[Message], *, episode: str = "", as_of: datetime | None = None) -> Episode:
    """Return the episode that the messages make, sorted by (`at`, `received_at`, `id`).

    With `as_of` only what had been received by then counts (`received_at <= as_of`). Never raises for what the
    messages say: what the state machine cannot accept becomes a finding. All messages must be of one episode;
    `episode` names it where there may be none.
    """
    received = messages if as_of is None else [m for m in messages if m.received_at <= as_of]
    known = sorted(received, key=_ORDER)
    counted, findings = without_retracted(known)
    building = Building(id=known[0].episode if known else episode, findings=findings)
    early: list[Message] = []
    for message in counted:
        if building.state is State.UNOPENED and message.type is not MessageType.ADMITTED:
            early.append(message)
            continue
        opening = building.state is State.UNOPENED
        building.take(message)
        if opening:
            _take_early(building, early)
    if building.state is State.UNOPENED and early:
        _never_opened(building, early)
    return building.finish()


def _take_early(building: Building, early: list[Message]) -> None:
    for message in early:
        expected = "the episode is opened by `admitted` first"
        building.findings.append(Finding(Code.OUT_OF_ORDER, (message.id,), expected))
        if message.type in EARLY_FACTS:
            building.take(message)


def _never_opened(building: Building, early: list[Message]) -> None:
    ids = tuple(message.id for message in early)
    building.findings.append(Finding(Code.UNKNOWN_EPISODE, ids, "an `admitted` message opens the episode"))
