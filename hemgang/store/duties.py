"""What is stored of a discharge's duties: read as the memory of a step, written as what the step decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from hemgang.duties.model import (
    Acknowledgement,
    Alert,
    AlertKind,
    AlertState,
    DutyRecord,
    Memory,
    Revision,
    Role,
    RungOutcome,
    RungRecord,
    Status,
    Step,
)
from hemgang.references import reference_of
from hemgang.store.tables import AcknowledgementRow, AlertRow, DutyRevisionRow, DutyRow, RungRow


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


def save_step(session: Session, episode: str, step: Step, *, now: datetime, secret: bytes) -> None:
    """Write a step's duties, rungs and alerts; all of it belongs to the caller's one transaction."""
    for revision in step.revisions:
        _save_revision(session, episode, revision, now=now)
    if step.withdrawn_keys:
        session.execute(
            delete(DutyRow).where(col(DutyRow.episode) == episode, col(DutyRow.key).in_(step.withdrawn_keys))
        )
    if step.rungs:
        rows = [
            {
                "episode": episode,
                "key": rung.key,
                "revision": rung.revision,
                "rung": rung.rung,
                "outcome": rung.outcome.value,
                "at": rung.at,
                "reason": rung.reason,
            }
            for rung in step.rungs
        ]
        session.execute(insert(RungRow), rows)
    for alert in step.alerts:
        _save_alert(session, alert, secret=secret)


def _save_revision(session: Session, episode: str, revision: Revision, *, now: datetime) -> None:
    duty = revision.duty
    session.merge(
        DutyRow(
            episode=episode,
            key=duty.key,
            revision=revision.revision,
            kind=duty.kind.value,
            opened_at=duty.opened_at,
            strict_due=duty.strict_due,
            practical_due=duty.practical_due,
            status=duty.status.value,
            met_at=duty.met_at,
            clause=duty.clause,
            why=duty.why,
        )
    )
    session.add(
        DutyRevisionRow(
            episode=episode,
            key=duty.key,
            revision=revision.revision,
            status=duty.status.value,
            strict_due=duty.strict_due,
            reason=revision.reason,
            at=now,
        )
    )


def _save_alert(session: Session, alert: Alert, *, secret: bytes) -> None:
    same = (
        col(AlertRow.episode) == alert.episode,
        col(AlertRow.key) == alert.key,
        col(AlertRow.revision) == alert.revision,
        col(AlertRow.rung) == alert.rung,
        col(AlertRow.recipient) == alert.recipient,
    )
    duty = session.get(DutyRow, (alert.episode, alert.key))
    said = _what_it_says(alert, duty)
    changed = session.execute(update(AlertRow).where(*same).values(**said))
    if int(changed.rowcount):  # type: ignore[attr-defined]
        return
    named = ("alert", alert.episode, alert.key, str(alert.revision), alert.rung, alert.recipient)
    session.add(
        AlertRow(
            reference=reference_of(secret, *named),
            episode=alert.episode,
            key=alert.key,
            revision=alert.revision,
            rung=alert.rung,
            role=alert.role.value,
            recipient=alert.recipient,
            channel=alert.channel,
            urgent=alert.urgent,
            fired_at=alert.fired_at,
            release_at=alert.release_at,
            **said,
        )
    )


def _what_it_says(alert: Alert, duty: DutyRow | None) -> dict[str, Any]:
    """Return the columns that a later step may change: what is claimed, and whether and when it goes out."""
    said: dict[str, Any] = {
        "kind": alert.kind.value,
        "duty_status": alert.duty_status.value,
        "state": alert.state.value,
        "reason": alert.reason,
        "next_attempt_at": alert.release_at,
    }
    if duty is not None:
        said |= {"strict_due": duty.strict_due, "practical_due": duty.practical_due, "why": duty.why}
    return said
