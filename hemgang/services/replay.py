"""A replay of messages on a virtual clock: the same evaluation as the engine's, nothing sent, every alert in order."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from hemgang.duties.decide import apply
from hemgang.duties.model import Alert, AlertState, Memory, Step
from hemgang.messages.model import Message
from hemgang.services.advance import evaluate_discharge
from hemgang.services.installation import ReferenceData


@dataclass(slots=True)
class _Case:
    messages: list[Message] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)


def replay(messages: Iterable[Message], rules: ReferenceData, *, until: datetime) -> Iterator[Alert]:
    """Yield every alert that would have been sent up to `until` (included), in order of sending.

    Each message is known from its `received_at` on. An alert's `release_at` is when it would have gone out.
    """
    cases: dict[str, _Case] = {}
    queue: list[tuple[datetime, str]] = []
    for message in messages:
        cases.setdefault(message.episode, _Case()).messages.append(message)
    for episode, case in cases.items():
        first = min(message.received_at for message in case.messages)
        heapq.heappush(queue, (first, episode))
    while queue and queue[0][0] <= until:
        now, episode = heapq.heappop(queue)
        case = cases[episode]
        found = evaluate_discharge(episode, case.messages, case.memory, rules, now=now)
        yield from _sent(found.step)
        case.memory = apply(case.memory, _delivered(found.step))
        if found.next_wake is not None:
            heapq.heappush(queue, (max(found.next_wake, now), episode))


def _sent(step: Step) -> Iterator[Alert]:
    yield from sorted(
        (alert for alert in step.alerts if alert.state is AlertState.PENDING),
        key=lambda alert: (alert.release_at, alert.key, alert.rung, alert.recipient),
    )


def _delivered(step: Step) -> Step:
    return replace(
        step,
        alerts=tuple(
            replace(alert, state=AlertState.DELIVERED) if alert.state is AlertState.PENDING else alert
            for alert in step.alerts
        ),
    )
