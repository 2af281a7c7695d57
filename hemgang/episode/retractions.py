"""Retractions: which messages count as if they had never come (specification 1.2, `retracted`)."""

from collections.abc import Iterable, Mapping, Sequence

from hemgang.findings import Code, Finding
from hemgang.messages.model import Message, MessageType


def without_retracted(messages: Sequence[Message]) -> tuple[list[Message], list[Finding]]:
    """Return the messages that still count, in the order given, and findings on retractions of unknown messages.

    A retraction that is itself retracted has no effect. Those that retract each other in a circle have none either.
    """
    retractions = [m for m in messages if m.type is MessageType.RETRACTED]
    if not retractions:
        return list(messages), []
    by_target: dict[str, list[Message]] = {}
    for retraction in retractions:
        by_target.setdefault(str(retraction.fields["message"]), []).append(retraction)
    retracted = {target for target in by_target if _is_retracted(target, by_target, ())}
    known = {m.id for m in messages}
    counted = [m for m in messages if m.id not in retracted and m.type is not MessageType.RETRACTED]
    return counted, list(_unknown_targets(retractions, known))


def _is_retracted(message: str, by_target: Mapping[str, Sequence[Message]], path: tuple[str, ...]) -> bool:
    if message in path:
        return False
    return any(
        not _is_retracted(retraction.id, by_target, (*path, message))
        for retraction in by_target.get(message, ())
        if retraction.id not in path and retraction.id != message
    )


def _unknown_targets(retractions: Iterable[Message], known: set[str]) -> Iterable[Finding]:
    for retraction in retractions:
        if str(retraction.fields["message"]) not in known:
            expected = "a retraction names a message of the same episode"
            yield Finding(Code.UNKNOWN_MESSAGE, (retraction.id,), expected)
