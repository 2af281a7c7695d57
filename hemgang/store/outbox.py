"""The outbox: alerts claimed for sending, what became of each try, and the acknowledgements of those who saw them.

An acknowledgement names a person; the discharge it concerns is due at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, or_, select, true, update
from sqlmodel import Session, col

from hemgang.duties.model import Alert, AlertKind, AlertState, Role
from hemgang.references import reference_of
from hemgang.store import leases
from hemgang.store.database import lock_free
from hemgang.store.discharges import of_regions, wake
from hemgang.store.duties import alert_of
from hemgang.store.installation import reference_secret
from hemgang.store.tables import AcknowledgementRow, AlertRow, AttemptRow, DischargeRow


@dataclass(frozen=True, slots=True)
class AcknowledgedDuty:
    """One duty's revision that is acknowledged now: episode and the key of the duty (kind/period/clause)."""

    episode: str
    key: str
    revision: int


def acknowledge(session: Session, reference: str, *, by: str, at: datetime) -> Sequence[AcknowledgedDuty]:
    """Store that `by` has seen the alert with this reference, or every alert of the bundle with it, at `at` (UTC).

    Needs a writing session. Each duty's revision is acknowledged once however many alerts spoke of it, and its
    discharge is due at `at`. Nothing is stored where no alert has the reference, and nothing is returned.
    """
    named = or_(col(AlertRow.reference) == reference, col(AlertRow.bundle) == reference)
    query = select(col(AlertRow.episode), col(AlertRow.key), col(AlertRow.revision)).where(named).distinct()
    found = sorted((str(row[0]), str(row[1]), int(row[2])) for row in session.execute(query))
    for episode, key, revision in found:
        session.add(AcknowledgementRow(episode=episode, key=key, revision=revision, reference=reference, by=by, at=at))
    if found:
        wake(session, {episode for episode, _, _ in found}, at=at, secret=reference_secret(session))
    return [AcknowledgedDuty(*one) for one in found]


SEND_WITHIN = timedelta(seconds=95)
"""How long after it was claimed a message may begin to be sent: with a send's 20 s the lease still holds."""
SOON = timedelta(seconds=1)
"""Alerts wait while their discharge is due within this time: facts stored between the reading of the clock and the
claim carry an instant that lies a little after `now`, and are looked at first."""
WHOLE = 10
"""How many times more alerts than asked for may be taken, so that their recipients' are taken whole."""

_RANKS = (
    (col(AlertRow.kind) == AlertKind.OPERATOR.value, 0),
    (col(AlertRow.role) == Role.MANAGER.value, 1),
    (col(AlertRow.role) == Role.BACKUP.value, 2),
    (col(AlertRow.urgent), 3),
)
_ORDER = (case(*_RANKS, else_=4), col(AlertRow.next_attempt_at), col(AlertRow.id))
"""Who comes first: escalations before reminders before what is not urgent, the longest waiting first in each."""


@dataclass(frozen=True, slots=True)
class OutboxAlert:
    """An alert of the outbox with what became of it: its reference, the bundle it went in, its tries, its arrival."""

    alert: Alert
    reference: str
    bundle: str | None
    attempts: int
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver one bundle: what it came to, and what follows for its alerts.

    `next_attempt_at` None ends the matter: delivered, or given up.
    """

    bundle: str
    recipient: str
    channel: str
    number: int
    outcome: str
    at: datetime
    state: AlertState
    next_channel: str
    next_attempt_at: datetime | None
    tries_on_channel: int


def claim_pending(
    session: Session,
    *,
    now: datetime,
    real_now: datetime,
    limit: int,
    owner: str = "",
    regions: frozenset[str] = frozenset(),
) -> list[AlertRow]:
    """Take alerts that are released and due for a try, and whose discharge has no newer facts waiting to be looked at.

    Those of whom the `limit` foremost speak to are taken whole, so that a recipient gets one message; managers come
    before backups, they before owners, what is not urgent last. A recipient to whom another sender has something under
    way waits. `regions` as in `discharges.claim`. Needs a writing session. The rows are detached values: nothing is
    written through them.
    """
    free = _free(now=now, real_now=real_now, regions=regions)
    foremost = (
        select(col(AlertRow.recipient))
        .join(DischargeRow, col(DischargeRow.episode) == col(AlertRow.episode))
        .where(*free)
        .order_by(*_ORDER)
        .limit(limit)
    )
    recipients = lock_free(session, "recipient", session.scalars(foremost))
    query = (
        select(AlertRow)
        .join(DischargeRow, col(DischargeRow.episode) == col(AlertRow.episode))
        .where(*free, col(AlertRow.recipient).in_(recipients))
        .order_by(*_ORDER)
        .limit(limit * WHOLE)
        .with_for_update(skip_locked=True, of=AlertRow)
    )
    rows = list(session.scalars(query))
    leases.take(session, AlertRow, [row.id for row in rows], owner=owner, real_now=real_now)
    session.flush()
    for row in rows:
        session.expunge(row)
    return rows


def _free(*, now: datetime, real_now: datetime, regions: frozenset[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an alert is due for a try and nobody has anything under way to its recipient."""
    busy = select(col(AlertRow.recipient)).where(
        col(AlertRow.state) == AlertState.PENDING.value, leases.is_busy(AlertRow, real_now=real_now)
    )
    return (
        col(AlertRow.state) == AlertState.PENDING.value,
        col(AlertRow.next_attempt_at) <= now,
        col(AlertRow.recipient).not_in(busy),  # an alert that is held keeps its own recipient busy
        or_(col(DischargeRow.next_wake).is_(None), col(DischargeRow.next_wake) > now + SOON),
        of_regions(regions),
    )


def postpone(session: Session, rows: Sequence[AlertRow], *, until: datetime) -> None:
    """Let claimed alerts wait until an instant, unsent."""
    ids = [row.id for row in rows]
    session.execute(
        update(AlertRow)
        .where(col(AlertRow.id).in_(ids))
        .values(next_attempt_at=until, lease_until=None, lease_owner=None)
    )


def assign(session: Session, bundle: str, rows: Sequence[AlertRow]) -> None:
    """Write down, before it is sent, which bundle alerts go out in: sent again after a crash, it is the same one."""
    ids = [row.id for row in rows]
    session.execute(update(AlertRow).where(col(AlertRow.id).in_(ids)).values(bundle=bundle))


def release(session: Session, rows: Sequence[AlertRow]) -> None:
    """Give claimed alerts back, unsent and still due; those that another holds by now stay with that one."""
    if rows:
        leases.release(session, AlertRow, [row.id for row in rows], owner=rows[0].lease_owner)


def owners(session: Session) -> list[str]:
    """Return every sender that holds an alert, which is pending then."""
    pending = col(AlertRow.state) == AlertState.PENDING.value
    return leases.owners(session, AlertRow, pending, col(AlertRow.lease_until).is_not(None))


def last_sent(session: Session, recipients: Sequence[str]) -> Mapping[str, datetime]:
    """Return when each recipient was last sent something that arrived or may have arrived."""
    query = (
        select(col(AttemptRow.recipient), func.max(col(AttemptRow.at)))
        .where(col(AttemptRow.recipient).in_(recipients), col(AttemptRow.outcome).in_(("delivered", "unknown")))
        .group_by(col(AttemptRow.recipient))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def record(session: Session, attempted: Attempt, rows: Sequence[AlertRow]) -> None:
    """Write down one try and what follows for the alerts in it.

    A sender that lost its lease on the way still tells what was delivered, but decides nothing else.
    """
    session.add(
        AttemptRow(
            bundle=attempted.bundle,
            recipient=attempted.recipient,
            channel=attempted.channel,
            number=attempted.number,
            outcome=attempted.outcome,
            at=attempted.at,
        )
    )
    delivered = attempted.state is AlertState.DELIVERED
    owner = rows[0].lease_owner if rows else None
    mine = true() if delivered else leases.is_held_by(AlertRow, owner)
    session.execute(
        update(AlertRow)
        .where(col(AlertRow.id).in_([row.id for row in rows]), col(AlertRow.state) == AlertState.PENDING.value, mine)
        .values(
            state=attempted.state.value,
            bundle=attempted.bundle,
            channel=attempted.next_channel,
            attempts=attempted.tries_on_channel,
            next_attempt_at=attempted.next_attempt_at,
            delivered_at=attempted.at if delivered else None,
            lease_until=None,
            lease_owner=None,
        )
    )


def add_operator_alarms(
    session: Session, rows: Sequence[AlertRow], *, recipient: str, channel: str, now: datetime, secret: bytes
) -> None:
    """Put an alarm to the operator in the outbox for each alert that could not be delivered; never for an alarm."""
    for row in rows:
        if row.kind == AlertKind.OPERATOR.value:
            continue
        rung = f"undelivered {row.rung}"[:40]
        named = ("alert", row.episode, row.key, str(row.revision), rung, recipient)
        reference = reference_of(secret, *named)
        if session.scalar(select(col(AlertRow.id)).where(col(AlertRow.reference) == reference)) is not None:
            continue
        session.add(
            AlertRow(
                reference=reference,
                episode=row.episode,
                key=row.key,
                revision=row.revision,
                rung=rung,
                kind=AlertKind.OPERATOR.value,
                role=Role.OPERATOR.value,
                recipient=recipient,
                channel=channel,
                urgent=True,
                fired_at=now,
                release_at=now,
                duty_status=row.duty_status,
                strict_due=row.strict_due,
                practical_due=row.practical_due,
                why=row.why,
                state=AlertState.PENDING.value,
                next_attempt_at=now,
            )
        )


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


def next_attempt_at(session: Session) -> datetime | None:
    """Return the earliest instant at which an alert is due for a try, None when nothing waits."""
    query = select(func.min(col(AlertRow.next_attempt_at))).where(col(AlertRow.state) == AlertState.PENDING.value)
    found: datetime | None = session.scalar(query)
    return found
