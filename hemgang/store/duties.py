"""What is stored of discharges' duties, read as the memory of a step; what it decides is written by `saving`."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.duties.model import (
    Acknowledgement,
    Alert,
    AlertKind,
    AlertState,
    DutyRecord,
    Memory,
    Role,
    RungOutcome,
    RungRecord,
    Status,
)
from hemgang.store.tables import AcknowledgementRow, AlertRow, DutyRow, RungRow


def memories_of(session: Session, episodes: Sequence[str]) -> dict[str, Memory]:
    """Return the memory of each episode; an empty one where nothing is stored."""
    duties: dict[str, list[DutyRecord]] = {}
    for duty in session.scalars(select(DutyRow).where(col(DutyRow.episode).in_(episodes))):
        record = DutyRecord(duty.key, duty.revision, duty.strict_due, duty.practical_due, Status(duty.status))
        duties.setdefault(duty.episode, []).append(record)
    rungs: dict[str, list[RungRecord]] = {}
    for rung in session.scalars(select(RungRow).where(col(RungRow.episode).in_(episodes))):
        done = RungRecord(rung.key, rung.revision, rung.rung, RungOutcome(rung.outcome), rung.at, rung.reason)
        rungs.setdefault(rung.episode, []).append(done)
    alerts: dict[str, list[Alert]] = {}
    for row in session.scalars(select(AlertRow).where(col(AlertRow.episode).in_(episodes)).order_by(col(AlertRow.id))):
        alerts.setdefault(row.episode, []).append(alert_of(row))
    acknowledged: dict[str, list[Acknowledgement]] = {}
    for seen in session.scalars(select(AcknowledgementRow).where(col(AcknowledgementRow.episode).in_(episodes))):
        acknowledgement = Acknowledgement(seen.key, seen.revision, seen.by, seen.at)
        acknowledged.setdefault(seen.episode, []).append(acknowledgement)
    return {
        episode: Memory(
            duties=tuple(duties.get(episode, ())),
            rungs=tuple(rungs.get(episode, ())),
            alerts=tuple(alerts.get(episode, ())),
            acknowledgements=tuple(acknowledged.get(episode, ())),
        )
        for episode in episodes
    }


def alert_of(row: AlertRow) -> Alert:
    """Return the core's value of an outbox row."""
    return Alert(
        episode=row.episode,
        key=row.key,
        revision=row.revision,
        rung=row.rung,
        kind=AlertKind(row.kind),
        role=Role(row.role),
        recipient=row.recipient,
        channel=row.channel,
        urgent=row.urgent,
        fired_at=row.fired_at,
        release_at=row.release_at,
        duty_status=Status(row.duty_status),
        state=AlertState(row.state),
        reason=row.reason,
        bundled=row.bundle is not None,
    )
