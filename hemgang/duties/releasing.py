"""Releasing: what was held is read again when its digest comes, and dropped if it is no longer true (3.2)."""

from collections.abc import Iterator
from dataclasses import replace

from hemgang.duties.model import Alert, AlertKind, AlertState, Status
from hemgang.duties.remembering import name_of
from hemgang.duties.resolving import status_now
from hemgang.duties.situation import Situation


def release(situation: Situation, dropped: frozenset[tuple[str, int, str, str]]) -> Iterator[Alert]:
    """Yield held alerts whose digest has come, as pending with the status of now, and false notes as dropped.

    `dropped`: alerts (key, revision, rung, recipient) that this step has dropped already. A note is false where it
    says that a duty is over which is open again; a later note to the same recipient replaces an earlier one.
    """
    latest = _latest_notes(situation)
    for alert in situation.memory.alerts:
        if not _is_up(situation, alert) or name_of(alert) in dropped:
            continue
        status = status_now(situation, alert.key)
        if alert.kind is AlertKind.RESOLVED and status.unresolved and not alert.duty_status.unresolved:
            yield replace(alert, state=AlertState.DROPPED, reason="the duty is open again")
        elif alert.kind is AlertKind.RESOLVED and alert.revision < latest[alert.key, alert.recipient]:
            yield replace(alert, state=AlertState.DROPPED, reason="a later note says it")
        elif alert.state is AlertState.HELD:
            kind = AlertKind.MISSED if alert.kind is AlertKind.REMINDER and status is Status.MISSED else alert.kind
            yield replace(alert, state=AlertState.PENDING, kind=kind, duty_status=status)


def _is_up(situation: Situation, alert: Alert) -> bool:
    """Whether an unsent alert is to be read again: at its digest, and a released note as long as it is not sent."""
    if alert.state is AlertState.HELD:
        return alert.release_at <= situation.now
    return alert.state is AlertState.PENDING and alert.kind is AlertKind.RESOLVED


def _latest_notes(situation: Situation) -> dict[tuple[str, str], int]:
    latest: dict[tuple[str, str], int] = {}
    for alert in situation.memory.alerts:
        if alert.kind is AlertKind.RESOLVED and alert.state is not AlertState.DROPPED:
            about = (alert.key, alert.recipient)
            latest[about] = max(latest.get(about, 0), alert.revision)
    return latest
