"""Checks of how recipients are treated: escalations go first, and nobody gets message upon message."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from hemgang.duties.model import AlertKind, Role
from tests.faults.simulation.case import Case
from tests.faults.simulation.history import Sending


def wrong_pace(case: Case) -> Iterator[str]:
    """Yield where order or distance of messages was wrong."""
    yield from _out_of_order(case)
    directory = case.played.rules.directory
    assert directory is not None
    apart = timedelta(minutes=directory.settings.bundle_minutes)
    boxes: dict[str, list[Sending]] = {}
    for sending in case.played.history.sendings:
        boxes.setdefault(sending.box, []).append(sending)
    for box, sendings in boxes.items():
        yield from (f"{box}: {problem}" for problem in _too_close(sendings, apart))


def _too_close(sendings: list[Sending], apart: timedelta) -> Iterator[str]:
    """Yield new messages that came though the sender could know of another a moment ago.

    What is tried again is no new message; and a sender whose `now` is the earlier one knows of none before it.
    """
    seen: set[str] = set()
    for nth, after in enumerate(sendings):
        fresh = not (after.alerts & seen)
        seen |= after.alerts
        for before in sendings[:nth] if fresh else []:
            known = before.recorded_at is not None and before.recorded_at < after.claimed_at
            arrived = before.told in ("delivered", "unknown")
            if known and arrived and timedelta(0) <= after.now - before.now < apart:
                yield f"{after.reference} at {after.now} only {after.now - before.now} after {before.reference}"


def _out_of_order(case: Case) -> Iterator[str]:
    sweeps: dict[tuple[str, object], list[Sending]] = {}
    for sending in case.played.history.sendings:
        sweeps.setdefault((sending.sender, sending.claimed_at), []).append(sending)
    for sendings in sweeps.values():
        for first, second in pairwise(sendings):
            if _rank(case, first) > _rank(case, second):
                yield f"less pressing first: {first.reference} before {second.reference} at {first.claimed_at}"


def _rank(case: Case, sending: Sending) -> int:
    return min((_ranks(case, one) for one in sending.alerts), default=4)


def _ranks(case: Case, reference: str) -> int:
    alert = case.alerts.get(reference)
    if alert is None:
        return 4
    if alert.kind == AlertKind.OPERATOR:
        return 0
    by_role: dict[str, int] = {Role.MANAGER: 1, Role.BACKUP: 2}
    return by_role.get(alert.role, 3 if alert.urgent else 4)
