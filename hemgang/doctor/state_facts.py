"""Reads how the installation stands, for the doctor; only reads."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from hemgang.doctor.state import StateFacts
from hemgang.duties.model import AlertState
from hemgang.store import gauges, sending
from hemgang.store.discharges import PARKED
from hemgang.store.tables import AlertRow, DischargeRow, QuarantineRow

A_WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
NAMED = 5


def gather_state(session: Session, *, now: datetime, inbox: bool) -> StateFacts:
    """Return how the installation stands at `now`."""
    standing, held = gauges.standings(session, now=now), sending.state(session)
    return StateFacts(
        now=now,
        sweeps=standing.sweeps,
        inbox=inbox,
        held=held.why,
        held_since=(held.since or now) if held.held else None,
        due=standing.due,
        oldest_due_s=standing.oldest_due_s,
        parked_count=standing.parked,
        parked=_parked(session, now),
        pending=sum(standing.pending.values()),
        unknown=sum(standing.unknown.values()),
        oldest_pending_s=standing.oldest_pending_s,
        given_up=_given_up(session, since=now - A_WEEK),
        quarantined=standing.quarantined,
        quarantined_today=_quarantined(session, since=now - A_DAY),
    )


def _parked(session: Session, now: datetime) -> tuple[str, ...]:
    query = (
        select(col(DischargeRow.reference))
        .where(col(DischargeRow.next_wake) <= now + PARKED, col(DischargeRow.failures) > 0)
        .order_by(col(DischargeRow.reference))
        .limit(NAMED)
    )
    return tuple(session.scalars(query))


def _given_up(session: Session, *, since: datetime) -> int:
    query = (
        select(func.count())
        .select_from(AlertRow)
        .where(col(AlertRow.state) == AlertState.UNDELIVERED.value, col(AlertRow.fired_at) >= since)
    )
    return int(session.scalar(query) or 0)


def _quarantined(session: Session, *, since: datetime) -> int:
    query = select(func.count()).select_from(QuarantineRow).where(col(QuarantineRow.stored_at) >= since)
    return int(session.scalar(query) or 0)
