"""How late alerts arrive: what each was waiting for, by the store, and when the receiver got it.

An alert is caused by the latest of these that its step could know: the timer of its discharge as it stood when the
measurement began, or a message of the discharge, from the instant its call to `ingest` returned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from hemgang.duties.model import AlertState
from hemgang.store.database import Database
from hemgang.store.tables import AlertRow, DischargeRow

TIMER, MESSAGE, UNKNOWN = "timer", "message", "unknown"
SENT_OUT = frozenset({AlertState.PENDING, AlertState.DELIVERED, AlertState.UNDELIVERED})
"""States of an alert that goes out; one that is held back by a later fact does not."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What lets a discharge alert somebody: `kind` is TIMER or MESSAGE, `at` seconds since 1970."""

    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class Awaited:
    """One alert: what caused it, how many seconds later its step began, and when it arrived, None if it has not."""

    kind: str
    decided: float
    late: float | None


def timers_between(database: Database, first: datetime, last: datetime) -> dict[str, float]:
    """Return the episodes whose timer falls due in a span, both ends included, and when (seconds since 1970)."""
    wake = col(DischargeRow.next_wake)
    with database.reading() as session:
        rows = session.execute(select(col(DischargeRow.episode), wake).where(wake >= first, wake <= last))
        return {str(episode): due.timestamp() for episode, due in rows}


def awaited(
    database: Database, causes: Mapping[str, Sequence[Cause]], arrivals: Iterable[tuple[float, str]], *, since: datetime
) -> list[Awaited]:
    """Return every alert that was decided since an instant and goes out."""
    first: dict[str, float] = {}
    for at, reference in arrivals:
        first.setdefault(reference, at)
    columns = (AlertRow.episode, AlertRow.reference, AlertRow.bundle, AlertRow.fired_at)
    query = select(*map(col, columns)).where(col(AlertRow.fired_at) >= since, col(AlertRow.state).in_(SENT_OUT))
    with database.reading() as session:
        rows = session.execute(query).all()
    found = []
    for episode, reference, bundle, fired_at in rows:
        cause = _cause(causes.get(episode, ()), fired_at)
        arrived = first.get(bundle or reference)
        decided = fired_at.timestamp() - cause.at
        found.append(Awaited(cause.kind, decided, None if arrived is None else arrived - cause.at))
    return found


def _cause(known: Sequence[Cause], fired_at: datetime) -> Cause:
    """Return the latest cause a step at an instant could know; the step itself where none is known."""
    at = fired_at.timestamp()
    before = [cause for cause in known if cause.at <= at]
    return max(before, key=lambda cause: cause.at, default=Cause(UNKNOWN, at))
