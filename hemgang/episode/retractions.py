"""Retractions: which messages count as if they had never come (specification 1.2, `retracted`)."""

from collections import Counter
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
    retracted = _retracted({m.id: str(m.fields["message"]) for m in retractions})
    known = {m.id for m in messages}
    counted = [m for m in messages if m.id not in retracted and m.type is not MessageType.RETRACTED]
    return counted, list(_unknown_targets(retractions, known))


def _retracted(targets: Mapping[str, str]) -> set[str]:
    """Return the ids that are retracted, of retractions by id with their targets; those of a circle stay undecided."""
    open_ones = Counter(targets.values())
    retracted: set[str] = set()
    decided = [id for id in targets if not open_ones[id]]  # noqa: A001
    seen = set(decided)
    for retraction in decided:  # grows while it is read
        target = targets[retraction]
        open_ones[target] -= 1
        if retraction not in retracted:
            retracted.add(target)
        if target in targets and target not in seen and (target in retracted or not open_ones[target]):
            seen.add(target)
            decided.append(target)
    return retracted


def _unknown_targets(retractions: Iterable[Message], known: set[str]) -> Iterable[Finding]:
    for retraction in retractions:
        if str(retraction.fields["message"]) not in known:
            expected = "a retraction names a message of the same episode"
            yield Finding(Code.UNKNOWN_MESSAGE, (retraction.id,), expected)
