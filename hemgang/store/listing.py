"""Rows of the store as an operator lists them: quarantined lines, readings, alerts, what a reference names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from hemgang.duties.model import Alert
from hemgang.store.duties import alert_of
from hemgang.store.tables import AccessRow, AlertRow, DischargeRow, QuarantineRow

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class QuarantinedLine:
    """One quarantined line; `text` is None where it was not kept, because it may hold an identity number."""

    source: str
    line: int
    code: str
    field: str
    stored_at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One row of the access log: who read which episode, when (UTC), from which unit, why, and by what action."""

    seq: int
    at: datetime
    who: str
    unit: str
    why: str
    action: str
    episode: str


@dataclass(frozen=True, slots=True)
class OutboxAlert:
    """An alert of the outbox with what became of it: its reference, the bundle it went in, its tries, its arrival."""

    alert: Alert
    reference: str
    bundle: str | None
    attempts: int
    delivered_at: datetime | None


def quarantined_lines(
    session: Session, *, source: str | None = None, codes: Sequence[str] = ()
) -> Iterator[QuarantinedLine]:
    """Yield quarantined lines by source, line and time of storing; `source` and `codes` leave out others."""
    query = select(QuarantineRow).order_by(
        col(QuarantineRow.source), col(QuarantineRow.line), col(QuarantineRow.stored_at), col(QuarantineRow.id)
    )
    if source is not None:
        query = query.where(col(QuarantineRow.source) == source)
    if codes:
        query = query.where(col(QuarantineRow.code).in_(codes))
    for row in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        yield QuarantinedLine(row.source, row.line, row.code, row.field, row.stored_at, row.raw)


def access_entries(session: Session, *, episodes: Sequence[str] = ()) -> Iterator[AccessEntry]:
    """Yield the access log, the first row first; `episodes` leaves out those of others."""
    query = select(AccessRow).order_by(col(AccessRow.seq))
    if episodes:
        query = query.where(col(AccessRow.episode).in_(episodes))
    for row in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        yield AccessEntry(row.seq, row.at, row.who, row.unit, row.why, row.action, row.episode)


def alerts_of(session: Session, episode: str) -> list[OutboxAlert]:
    """Return every alert of an episode, in the order in which they were decided."""
    query = select(AlertRow).where(col(AlertRow.episode) == episode).order_by(col(AlertRow.fired_at), col(AlertRow.id))
    return [
        OutboxAlert(alert_of(row), row.reference, row.bundle, row.attempts, row.delivered_at)
        for row in session.scalars(query)
    ]


def episodes_with_reference(session: Session, reference: str) -> list[str]:
    """Return the episodes, by id, of the discharge, the alert or the bundle of alerts that has a reference."""
    discharges = select(col(DischargeRow.episode)).where(col(DischargeRow.reference) == reference)
    said = or_(col(AlertRow.reference) == reference, col(AlertRow.bundle) == reference)
    alerts = select(col(AlertRow.episode)).where(said)
    return sorted({*session.scalars(discharges), *session.scalars(alerts)} - {""})
