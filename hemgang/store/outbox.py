"""The outbox: which alerts are to be sent now, and what became of each try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlmodel import Session, col

from hemgang.duties.model import AlertKind, AlertState, Role
from hemgang.references import reference_of
from hemgang.store.tables import AlertRow, AttemptRow, DischargeRow

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Attempted:
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


def claim_pending(session: Session, *, now: datetime, real_now: datetime, limit: int) -> list[AlertRow]:
    """Take alerts that are released and due for a try, and whose discharge has no newer facts waiting to be looked at.

    Needs a writing session. The rows are detached values: nothing is written through them.
    """
    free = or_(col(AlertRow.lease_until).is_(None), col(AlertRow.lease_until) < real_now)
    looked_at = or_(col(DischargeRow.next_wake).is_(None), col(DischargeRow.next_wake) > now)
    query = (
        select(AlertRow)
        .join(DischargeRow, col(DischargeRow.episode) == col(AlertRow.episode))
        .where(col(AlertRow.state) == AlertState.PENDING.value, col(AlertRow.next_attempt_at) <= now)
        .where(free, looked_at)
        .order_by(col(AlertRow.next_attempt_at), col(AlertRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=AlertRow)
    )
    rows = list(session.scalars(query))
    _lease(session, rows, real_now + LEASE)
    session.flush()
    for row in rows:
        session.expunge(row)
    return rows


def postpone(session: Session, rows: Sequence[AlertRow], *, until: datetime) -> None:
    """Let claimed alerts wait until an instant, unsent."""
    ids = [row.id for row in rows]
    session.execute(update(AlertRow).where(col(AlertRow.id).in_(ids)).values(next_attempt_at=until, lease_until=None))


def assign(session: Session, bundle: str, rows: Sequence[AlertRow]) -> None:
    """Write down, before it is sent, which bundle alerts go out in: sent again after a crash, it is the same one."""
    ids = [row.id for row in rows]
    session.execute(update(AlertRow).where(col(AlertRow.id).in_(ids)).values(bundle=bundle))


def give_back(session: Session, rows: Sequence[AlertRow]) -> None:
    """Give claimed alerts back, unsent and still due."""
    _lease(session, rows, None)


def last_sent(session: Session, recipients: Sequence[str]) -> Mapping[str, datetime]:
    """Return when each recipient was last sent something that arrived or may have arrived."""
    query = (
        select(col(AttemptRow.recipient), func.max(col(AttemptRow.at)))
        .where(col(AttemptRow.recipient).in_(recipients), col(AttemptRow.outcome).in_(("delivered", "unknown")))
        .group_by(col(AttemptRow.recipient))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def record(session: Session, attempted: Attempted, rows: Sequence[AlertRow]) -> None:
    """Write down one try and what follows for the alerts in it."""
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
    session.execute(
        update(AlertRow)
        .where(col(AlertRow.id).in_([row.id for row in rows]), col(AlertRow.state) == AlertState.PENDING.value)
        .values(
            state=attempted.state.value,
            bundle=attempted.bundle,
            channel=attempted.next_channel,
            attempts=attempted.tries_on_channel,
            next_attempt_at=attempted.next_attempt_at,
            delivered_at=attempted.at if delivered else None,
            lease_until=None,
        )
    )


def tell_operator(
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


def next_attempt(session: Session) -> datetime | None:
    """Return the earliest instant at which an alert is due for a try, None when nothing waits."""
    query = select(func.min(col(AlertRow.next_attempt_at))).where(col(AlertRow.state) == AlertState.PENDING.value)
    found: datetime | None = session.scalar(query)
    return found


def _lease(session: Session, rows: Sequence[AlertRow], until: datetime | None) -> None:
    ids = [row.id for row in rows]
    session.execute(update(AlertRow).where(col(AlertRow.id).in_(ids)).values(lease_until=until))
