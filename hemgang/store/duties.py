"""Duties, revisions, rungs and alerts of discharges: read as the memory of a step, written as it decided.

The steps of some hundred discharges are written in few statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlmodel import Session, SQLModel, col

from hemgang.duties.model import (
    Acknowledgement,
    Alert,
    AlertKind,
    AlertState,
    Duty,
    DutyRecord,
    Memory,
    Role,
    RungOutcome,
    RungRecord,
    Status,
    Step,
)
from hemgang.references import reference_of
from hemgang.store.installation import insert_of
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


Row = dict[str, Any]
DutyKey = tuple[str, str]

DUTY_KEY = ("episode", "key")
ALERT_KEY = ("episode", "key", "revision", "rung", "recipient")
SAID = ("kind", "duty_status", "state", "reason", "next_attempt_at")
DUES = ("strict_due", "practical_due", "why")
UNSENT: Row = {"bundle": None, "attempts": 0, "delivered_at": None, "lease_owner": None, "lease_until": None}
AT_ONCE = 300


def save_steps(session: Session, steps: Sequence[tuple[str, Step]], *, now: datetime, secret: bytes) -> None:
    """Write each episode's step; all of it belongs to the caller's one transaction.

    An alert that is there already says the new thing, and keeps what became of it so far.

    Raises:
        IntegrityError: another worker has done one of the rungs.
    """
    dues = _dues(session, steps)
    _save_revisions(session, steps, now=now)
    for episode, step in steps:
        if step.withdrawn_keys:
            session.execute(
                delete(DutyRow)
                .where(col(DutyRow.episode) == episode, col(DutyRow.key).in_(step.withdrawn_keys))
                .execution_options(synchronize_session=False)
            )
    rungs = [
        {
            "episode": episode,
            "key": rung.key,
            "revision": rung.revision,
            "rung": rung.rung,
            "outcome": rung.outcome.value,
            "at": rung.at,
            "reason": rung.reason,
        }
        for episode, step in steps
        for rung in step.rungs
    ]
    _insert(session, RungRow, rungs)
    _save_alerts(session, [alert for _, step in steps for alert in step.alerts], dues, secret)


def _save_revisions(session: Session, steps: Sequence[tuple[str, Step]], *, now: datetime) -> None:
    revised = [(episode, revision) for episode, step in steps for revision in step.revisions]
    duties = [
        {
            "episode": episode,
            "key": one.duty.key,
            "revision": one.revision,
            "kind": one.duty.kind.value,
            "opened_at": one.duty.opened_at,
            "strict_due": one.duty.strict_due,
            "practical_due": one.duty.practical_due,
            "status": one.duty.status.value,
            "met_at": one.duty.met_at,
            "clause": one.duty.clause,
            "why": one.duty.why,
        }
        for episode, one in revised
    ]
    history = [
        {
            "episode": episode,
            "key": one.duty.key,
            "revision": one.revision,
            "status": one.duty.status.value,
            "strict_due": one.duty.strict_due,
            "reason": one.reason,
            "at": now,
        }
        for episode, one in revised
    ]
    changing = [name for row in duties[:1] for name in row if name not in DUTY_KEY]
    _upsert(session, DutyRow, DUTY_KEY, duties, changing)
    _insert(session, DutyRevisionRow, history)


def _save_alerts(session: Session, alerts: Iterable[Alert], dues: Mapping[DutyKey, Row], secret: bytes) -> None:
    with_dues: list[Row] = []
    without: list[Row] = []
    for alert in alerts:
        due = dues.get((alert.episode, alert.key))
        row = _alert_row(alert, secret) | (due or {"strict_due": None, "practical_due": None, "why": ""})
        (without if due is None else with_dues).append(row)
    _upsert(session, AlertRow, ALERT_KEY, with_dues, (*SAID, *DUES))
    _upsert(session, AlertRow, ALERT_KEY, without, SAID)


def _alert_row(alert: Alert, secret: bytes) -> Row:
    named = ("alert", alert.episode, alert.key, str(alert.revision), alert.rung, alert.recipient)
    return {
        "reference": reference_of(secret, *named),
        "episode": alert.episode,
        "key": alert.key,
        "revision": alert.revision,
        "rung": alert.rung,
        "kind": alert.kind.value,
        "role": alert.role.value,
        "recipient": alert.recipient,
        "channel": alert.channel,
        "urgent": alert.urgent,
        "fired_at": alert.fired_at,
        "release_at": alert.release_at,
        "duty_status": alert.duty_status.value,
        "state": alert.state.value,
        "reason": alert.reason,
        "next_attempt_at": alert.release_at,
        **UNSENT,
    }


def _dues(session: Session, steps: Sequence[tuple[str, Step]]) -> dict[DutyKey, Row]:
    """Return when the duties that alerts speak of are due, and why: as revised, else as stored, unless withdrawn."""
    told = {(episode, one.duty.key): _due_of(one.duty) for episode, step in steps for one in step.revisions}
    asked = {(alert.episode, alert.key) for _, step in steps for alert in step.alerts} - told.keys()
    episodes = sorted({episode for episode, _ in asked})
    for start in range(0, len(episodes), AT_ONCE):
        part = episodes[start : start + AT_ONCE]
        columns = (col(DutyRow.episode), col(DutyRow.key), *(col(getattr(DutyRow, name)) for name in DUES))
        for episode, key, *values in session.execute(select(*columns).where(col(DutyRow.episode).in_(part))):
            if (episode, key) in asked:
                told[episode, key] = dict(zip(DUES, values, strict=True))
    withdrawn = {(episode, key) for episode, step in steps for key in step.withdrawn_keys}
    return {named: due for named, due in told.items() if named not in withdrawn}


def _due_of(duty: Duty) -> Row:
    return {"strict_due": duty.strict_due, "practical_due": duty.practical_due, "why": duty.why}


def _upsert(
    session: Session, row: type[SQLModel], key: Sequence[str], rows: Sequence[Row], said: Sequence[str]
) -> None:
    """Insert rows or, where a key is there already, change the columns `said`; of a delivered alert nothing changes."""
    if not rows:
        return
    fresh = insert_of(session, row)
    changed = {name: fresh.excluded[name] for name in said}
    open_still = _table(row).c.state != AlertState.DELIVERED.value if row is AlertRow else None
    session.connection().execute(
        fresh.on_conflict_do_update(index_elements=list(key), set_=changed, where=open_still), list(rows)
    )


def _insert(session: Session, row: type[SQLModel], rows: Sequence[Row]) -> None:
    if rows:
        session.connection().execute(_table(row).insert(), list(rows))


def _table(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]
