"""The alerts of a fired rung, one for each recipient, and the alarm to the operator where nobody can be told (3.2)."""

from collections.abc import Iterator

from hemgang.duties.addressing import Addressed, operators
from hemgang.duties.holding import next_digest
from hemgang.duties.ladder import OPERATOR_RUNG
from hemgang.duties.model import Alert, AlertKind, AlertState, Status
from hemgang.duties.rungs import Climb
from hemgang.duties.situation import Current, Situation


def alerts_of(situation: Situation, climbed: Climb) -> Iterator[Alert]:
    """Yield the alerts of one climb: a reminder while open, a miss once missed, the alarm where nobody answers."""
    if climbed.fired is not None:
        kind = AlertKind.MISSED if climbed.current.duty.status is Status.MISSED else AlertKind.REMINDER
        for each in climbed.to:
            yield _alert(situation, climbed.current, each, climbed.fired.name, kind, urgent=climbed.fired.urgent)
    elif climbed.unanswered:
        for each in operators(situation, climbed.current.duty):
            yield _alert(situation, climbed.current, each, OPERATOR_RUNG, AlertKind.OPERATOR, urgent=True)


def _alert(situation: Situation, current: Current, to: Addressed, rung: str, kind: AlertKind, *, urgent: bool) -> Alert:
    now, recipient = situation.now, to.recipient
    return Alert(
        episode=situation.episode.id,
        key=current.duty.key,
        revision=current.revision,
        rung=rung,
        kind=kind,
        role=to.role,
        recipient=recipient.id,
        channel=recipient.urgent_channel if urgent else recipient.channel,
        urgent=urgent,
        fired_at=now,
        release_at=now if urgent else next_digest(situation.roster, recipient, now),
        duty_status=current.duty.status,
        state=AlertState.PENDING if urgent else AlertState.HELD,
    )
