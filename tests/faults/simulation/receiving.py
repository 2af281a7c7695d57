"""Checks of what was received: nothing lost or late, nothing untrue, nothing twice without need or by another name."""

from collections.abc import Iterator
from itertools import pairwise

from hemgang.duties.model import AlertKind, AlertState, Status
from hemgang.notifications.bundling import bundle_reference
from hemgang.store import leases
from tests.faults.simulation.case import Case
from tests.faults.simulation.history import Sending
from tests.faults.simulation.ideal import CALLS
from tests.faults.simulation.tables import AlertSeen


def wrong_receipts(case: Case) -> Iterator[str]:
    """Yield what was received wrongly, or not at all."""
    for alert in case.alerts.values():
        if (problem := _not_received(case, alert)) is not None:
            yield f"{problem}: {alert.reference} {alert.key} r{alert.revision} {alert.rung} to {alert.recipient}"
        yield from _twice(case, alert)
    for sending in case.played.history.sendings:
        yield from _untrue(case, sending)
        if sending.reference != bundle_reference(sending.alerts):
            yield f"a message's reference is not that of what is in it: {sending.reference}"


def _not_received(case: Case, alert: AlertSeen) -> str | None:
    released = max(case.played.history.fired[alert.reference].at, alert.release_at)
    by = case.receiving(alert.recipient).over_by(case.stepping.over_by(released))
    got_at = case.got_at(alert.reference)
    match AlertState(alert.state):
        case AlertState.DELIVERED if got_at is None:
            return "counts as delivered and was never received"
        case AlertState.DELIVERED if got_at is not None and got_at > by:
            return f"received too late, at {got_at} and not by {by}"
        case AlertState.PENDING | AlertState.HELD if by <= case.ends_at:
            return f"still {alert.state} at the end, to be received by {by}"
        case AlertState.DROPPED if not alert.reason:
            return "dropped without a reason"
        case AlertState.DROPPED if alert.kind in CALLS and not _over(case, alert):
            return f"dropped as '{alert.reason}' while it was true"
        case AlertState.UNDELIVERED:
            return "given up, though its channel answered again"
        case _:
            return None


def _over(case: Case, alert: AlertSeen) -> bool:
    """Whether its deadlines held no more at some instant after an alert was fired."""
    fired = case.played.history.fired[alert.reference]
    return any(
        not one.speaks_of(fired.strict_due, fired.practical_due) or one.revision != alert.revision
        for one in case.course.between((alert.episode, alert.key), fired.at, case.ends_at)
    )


def _untrue(case: Case, sending: Sending) -> Iterator[str]:
    """Yield alerts of a message that were not true when it was claimed, by any clock of the run."""
    for reference in sorted(sending.alerts):
        alert = case.alerts.get(reference)
        if alert is None:
            yield f"a message speaks of an alert that is not there: {reference}"
        elif not _true(case, sending, alert):
            said = f"{alert.reference} {alert.key} r{alert.revision} {alert.rung} of {alert.episode}"
            yield f"untrue when it was claimed at {sending.claimed_at}: {said}"


def _true(case: Case, sending: Sending, alert: AlertSeen) -> bool:
    about = (alert.episode, alert.key)
    held = list(case.course.between(about, sending.claimed_at - case.skew, sending.claimed_at))
    fired = case.played.history.fired[alert.reference]
    if alert.kind in CALLS:
        return any(one.speaks_of(fired.strict_due, fired.practical_due) for one in held)
    if alert.kind == AlertKind.RESOLVED and not Status(alert.duty_status).unresolved:
        return not held or any(not one.unresolved for one in held)
    return True


def _twice(case: Case, alert: AlertSeen) -> Iterator[str]:
    """Yield where an alert was sent again although nothing was unknown about the sending before."""
    for before, after in pairwise(case.sendings.get(alert.reference, [])):
        if before.told == "delivered" and before.recorded_at is not None and not _overlapped(before, after):
            yield f"sent twice without need: {alert.reference}, {before.begun_at} and {after.begun_at}"


def _overlapped(before: Sending, after: Sending) -> bool:
    """Whether the second was claimed before the first was written down, because that took longer than its lease."""
    assert before.recorded_at is not None
    late = before.recorded_at > before.claimed_at + leases.LEASE
    return late and after.claimed_at < before.recorded_at
