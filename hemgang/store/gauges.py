"""How the installation stands, in numbers: for the metrics. Every query keeps to an index or to what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from hemgang.duties.model import AlertState
from hemgang.episode.states import OPEN
from hemgang.store import pulses, sending
from hemgang.store.discharges import PARKED
from hemgang.store.pulses import Swept
from hemgang.store.tables import AlertRow, AttemptRow, DischargeRow, QuarantineRow

UNKNOWN_OUTCOME = "unknown"


@dataclass(frozen=True, slots=True)
class Standings:
    """How the installation stands at an instant.

    `open`: discharges by county code ("" = not known yet) and state. `pending` (held back by nothing but time or the
    channel), `unknown` (pending, and the last try may have arrived) and `undelivered` (given up): alerts by kind.
    Ages are seconds at the instant, 0 where nothing waits. `parked`: set aside after a step that failed. `schema`: the
    number of the last migration.
    """

    open: Mapping[tuple[str, str], int]
    due: int
    oldest_due_s: float
    parked: int
    pending: Mapping[str, int]
    unknown: Mapping[str, int]
    undelivered: Mapping[str, int]
    oldest_pending_s: float
    quarantined: int
    sweeps: Mapping[str, Swept]
    sending_held: bool
    schema: int


def standings(session: Session, *, now: datetime) -> Standings:
    """Return how the installation stands at `now`."""
    due, first_due = _due(session, now)
    opened = _open(session)
    pending, oldest = _pending(session, now)
    return Standings(
        open=opened,
        due=due,
        oldest_due_s=_age(first_due, now),
        parked=_parked(session, now),
        pending=pending,
        unknown=_unknown(session),
        undelivered=_by_kind(session, AlertState.UNDELIVERED),
        oldest_pending_s=_age(oldest, now),
        quarantined=int(session.scalar(select(func.count()).select_from(QuarantineRow)) or 0),
        sweeps=pulses.last_sweeps(pulses.pulses(session), sorted({region for region, _ in opened if region})),
        sending_held=sending.state(session).held,
        schema=int(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()),
    )


def _open(session: Session) -> dict[tuple[str, str], int]:
    query = (
        select(col(DischargeRow.region), col(DischargeRow.state), func.count())
        .where(col(DischargeRow.state).in_([state.value for state in OPEN]))
        .group_by(col(DischargeRow.region), col(DischargeRow.state))
    )
    return {(region, state): int(count) for region, state, count in session.execute(query)}


def _due(session: Session, now: datetime) -> tuple[int, datetime | None]:
    query = select(func.count(), func.min(col(DischargeRow.next_wake))).where(col(DischargeRow.next_wake) <= now)
    count, first = session.execute(query).one()
    return int(count), first


def _parked(session: Session, now: datetime) -> int:
    """Count by the index on the timer: a discharge set aside waits for an hour at most, or is due."""
    query = (
        select(func.count())
        .select_from(DischargeRow)
        .where(col(DischargeRow.next_wake) <= now + PARKED, col(DischargeRow.failures) > 0)
    )
    return int(session.scalar(query) or 0)


def _pending(session: Session, now: datetime) -> tuple[dict[str, int], datetime | None]:
    query = (
        select(col(AlertRow.kind), func.count(), func.min(col(AlertRow.release_at)))
        .where(col(AlertRow.state) == AlertState.PENDING.value, col(AlertRow.release_at) <= now)
        .group_by(col(AlertRow.kind))
    )
    rows = session.execute(query).all()
    return {kind: int(count) for kind, count, _ in rows}, min((first for _, _, first in rows), default=None)


def _unknown(session: Session) -> dict[str, int]:
    """Count pending alerts whose bundle's last try ended without an answer."""
    last = (
        select(col(AttemptRow.outcome))
        .where(col(AttemptRow.bundle) == col(AlertRow.bundle))
        .order_by(col(AttemptRow.id).desc())
        .limit(1)
        .correlate(AlertRow)
        .scalar_subquery()
    )
    query = (
        select(col(AlertRow.kind), func.count())
        .where(col(AlertRow.state) == AlertState.PENDING.value, col(AlertRow.bundle).is_not(None))
        .where(last == UNKNOWN_OUTCOME)
        .group_by(col(AlertRow.kind))
    )
    return {kind: int(count) for kind, count in session.execute(query)}


def _by_kind(session: Session, state: AlertState) -> dict[str, int]:
    query = (
        select(col(AlertRow.kind), func.count()).where(col(AlertRow.state) == state.value).group_by(col(AlertRow.kind))
    )
    return {kind: int(count) for kind, count in session.execute(query)}


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
