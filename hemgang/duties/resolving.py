"""What becomes of what was said once a duty is met, void, moved or gone: unsent is dropped, the told are told (3.2)."""

from collections.abc import Iterator
from dataclasses import replace

from hemgang.duties.addressing import addressed_before
from hemgang.duties.holding import next_digest
from hemgang.duties.ladder import RESOLVED_RUNG
from hemgang.duties.model import Alert, AlertKind, AlertState, Status
from hemgang.duties.situation import Situation

CALLS_TO_ACT = frozenset({AlertKind.REMINDER, AlertKind.MISSED})
UNSENT = frozenset({AlertState.HELD, AlertState.PENDING})
TOLD = frozenset({AlertState.DELIVERED, AlertState.UNDELIVERED})
"""States in which a recipient may have been told; so it may have been by a pending alert whose sending has begun."""


def drop_and_tell(situation: Situation) -> Iterator[Alert]:
    """Yield calls to act that are no longer true, as dropped, and one resolved note for each recipient who was told.

    A note belongs to the revision that was spoken of, is made once, and waits for the recipient's next digest.
    """
    noted = {
        (alert.key, alert.revision, alert.recipient)
        for alert in situation.memory.alerts
        if alert.kind is AlertKind.RESOLVED
    }
    for alert in situation.memory.alerts:
        reason = _why_over(situation, alert) if alert.kind in CALLS_TO_ACT else None
        if reason is None:
            continue
        if alert.state in UNSENT:
            yield replace(alert, state=AlertState.DROPPED, reason=reason)
        about = (alert.key, alert.revision, alert.recipient)
        if _told(alert) and about not in noted:
            noted.add(about)
            yield _note(situation, alert)


def _told(alert: Alert) -> bool:
    return alert.state in TOLD or (alert.state is AlertState.PENDING and alert.bundled)


def status_now(situation: Situation, key: str) -> Status:
    """Return where a duty stands now; one that no longer exists is void."""
    current = situation.currents.get(key)
    return Status.VOID if current is None else current.duty.status


def _why_over(situation: Situation, alert: Alert) -> str | None:
    current = situation.currents.get(alert.key)
    if current is None:
        return "the duty no longer exists"
    if not current.duty.status.unresolved:
        return f"the duty is {current.duty.status.replace('_', ' ')}"
    if current.revision > alert.revision:
        return f"revision {current.revision}: {current.reason}" if current.new else "an earlier revision"
    return None


def _note(situation: Situation, told: Alert) -> Alert:
    recipient = addressed_before(situation, told)
    return replace(
        told,
        rung=RESOLVED_RUNG,
        kind=AlertKind.RESOLVED,
        channel=recipient.channel,
        urgent=False,
        fired_at=situation.now,
        release_at=next_digest(situation.roster, recipient, situation.now),
        duty_status=status_now(situation, told.key),
        state=AlertState.HELD,
        reason="",
    )
