"""Heartbeats of the loops, and the installation's figures for metrics, doctor and reports.

Each engine records the heartbeat `watch`. One that works for some counties records `watch/23` as well, one that works
for all `watch/*`, so that a county without an engine is seen however busy the others are. The newest heartbeat is also
the mark below which a clock is wrong. Every query keeps to an index or to what is open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, case, exists, func, select, text
from sqlmodel import Session, col

from hemgang.duties.model import AlertKind, AlertState, Status
from hemgang.episode.fold import OPEN
from hemgang.store import installation
from hemgang.store.discharges import SET_ASIDE_FOR
from hemgang.store.installation import insert_of
from hemgang.store.tables import AlertRow, AttemptRow, DischargeRow, DutyRow, HeartbeatRow, QuarantineRow


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One loop's last complete sweep (UTC), on which machine, and how many were recorded ever."""

    name: str
    at: datetime
    host: str
    count: int


@dataclass(frozen=True, slots=True)
class LastSweep:
    """When a loop last swept to its end (UTC), None if it never did; `county`: that it neglects, "" if it is all."""

    at: datetime | None
    county: str = ""


LOOPS = ("watch", "deliver", "inbox")
BY_COUNTY = ("watch", "deliver")
"""The loops that beat, and those whose pulse is kept by county as well."""
ALL = "*"
NEVER = datetime.min.replace(tzinfo=UTC)


def record_heartbeat(session: Session, name: str, *, now: datetime, host: str) -> Heartbeat:
    """Record that a loop has swept to its end; of two at once the later instant stays. Needs a writing session."""
    fresh = insert_of(session, HeartbeatRow).values(name=name, at=now, host=host[:64], count=0)
    session.connection().execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    row = session.get_one(HeartbeatRow, name, with_for_update=True)
    row.at, row.host, row.count = max(row.at, now), host[:64], row.count + 1
    session.flush()
    return _pulse(row)


def heartbeats(session: Session) -> dict[str, Heartbeat]:
    """Return the last complete sweep of every loop, by name."""
    return {row.name: _pulse(row) for row in session.scalars(select(HeartbeatRow))}


def heartbeat_names(loop: str, regions: Iterable[str]) -> tuple[str, ...]:
    """Return the pulses that tell of a loop for some counties, or for all where none is named."""
    return tuple(f"{loop}/{region}" for region in sorted(regions)) or (f"{loop}/{ALL}",)


def last_sweeps(found: Mapping[str, Heartbeat], counties: Iterable[str]) -> dict[str, LastSweep]:
    """Return when each loop last swept to its end: for the one of `counties` that has waited longest for it.

    The inbox is nobody's county; and where only engines of an earlier version beat, a loop's own pulse is all there is.
    """
    swept = {}
    for loop in (name for name in found if "/" not in name):
        of = {name.partition("/")[2]: one.at for name, one in found.items() if name.startswith(f"{loop}/")}
        told = [
            LastSweep(max((of[one] for one in (county, ALL) if one in of), default=None), county) for county in counties
        ]
        swept[loop] = min([LastSweep(found[loop].at), *(told if of else [])], key=lambda one: one.at or NEVER)
    return swept


def _pulse(row: HeartbeatRow) -> Heartbeat:
    return Heartbeat(row.name, row.at, row.host, row.count)


UNKNOWN_OUTCOME = "unknown"


@dataclass(frozen=True, slots=True)
class Gauges:
    """How the installation stands at an instant.

    `open`: discharges by county code ("" = not known yet) and state. `pending` (held back by nothing but time or the
    channel), `unknown` (pending, and the last try may have arrived) and `undelivered` (given up): alerts by kind.
    Ages are seconds at the instant, 0 where nothing waits. `set_aside`: those whose step failed. `schema`: the
    number of the last migration.
    """

    open: Mapping[tuple[str, str], int]
    due: int
    oldest_due_s: float
    set_aside: int
    pending: Mapping[str, int]
    unknown: Mapping[str, int]
    undelivered: Mapping[str, int]
    oldest_pending_s: float
    quarantined: int
    sweeps: Mapping[str, LastSweep]
    sending_held: bool
    schema: int


def read_gauges(session: Session, *, now: datetime) -> Gauges:
    """Return how the installation stands at `now`."""
    due, first_due = _due(session, now)
    opened = _open(session)
    pending, oldest = _pending(session, now)
    return Gauges(
        open=opened,
        due=due,
        oldest_due_s=_age(first_due, now),
        set_aside=_set_aside(session, now),
        pending=pending,
        unknown=_unknown(session),
        undelivered=_by_kind(session, AlertState.UNDELIVERED),
        oldest_pending_s=_age(oldest, now),
        quarantined=int(session.scalar(select(func.count()).select_from(QuarantineRow)) or 0),
        sweeps=last_sweeps(heartbeats(session), sorted({region for region, _ in opened if region})),
        sending_held=installation.delivery_hold(session).held,
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


def _set_aside(session: Session, now: datetime) -> int:
    """Count by the index on the timer: a discharge set aside waits for an hour at most, or is due."""
    query = (
        select(func.count())
        .select_from(DischargeRow)
        .where(col(DischargeRow.next_wake) <= now + SET_ASIDE_FOR, col(DischargeRow.failures) > 0)
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


@dataclass(frozen=True, slots=True)
class AlertOutcomes:
    """The duties of one kind: met unprompted, met in time after a reminder, met late or missed, and the rest."""

    kind: str
    unprompted: int
    saved: int
    lost: int
    open: int
    void: int


def alert_outcomes(session: Session) -> list[AlertOutcomes]:
    """Return what became of every duty, by kind."""
    reminded = exists().where(
        and_(
            col(AlertRow.episode) == col(DutyRow.episode),
            col(AlertRow.key) == col(DutyRow.key),
            col(AlertRow.kind) == AlertKind.REMINDER.value,
            col(AlertRow.delivered_at).is_not(None),
            col(AlertRow.fired_at) <= col(DutyRow.met_at),
        )
    )
    status = col(DutyRow.status)
    met = status == Status.MET.value

    counted = (
        and_(met, ~reminded),
        and_(met, reminded),
        status.in_((Status.MISSED.value, Status.MET_LATE.value)),
        status == Status.OPEN.value,
        status == Status.VOID.value,
    )
    sums = [func.sum(case((condition, 1), else_=0)) for condition in counted]
    query = select(col(DutyRow.kind), *sums).group_by(col(DutyRow.kind)).order_by(col(DutyRow.kind))
    return [AlertOutcomes(row[0], *(int(number) for number in row[1:])) for row in session.execute(query)]


def delivered_count(session: Session) -> int:
    """Return how many alerts were delivered."""
    query = select(func.count()).select_from(AlertRow).where(col(AlertRow.state) == AlertState.DELIVERED.value)
    return int(session.scalar(query) or 0)


def discharges_by_state(session: Session) -> dict[str, int]:
    """Return how many discharges stand in each state."""
    query = select(col(DischargeRow.state), func.count()).group_by(col(DischargeRow.state))
    return {row[0]: int(row[1]) for row in session.execute(query)}


def quarantined_by_code(session: Session) -> dict[str, int]:
    """Return how many lines are in quarantine, by code."""
    query = select(col(QuarantineRow.code), func.count()).group_by(col(QuarantineRow.code))
    return {row[0]: int(row[1]) for row in session.execute(query)}


def alerts_by_state(session: Session) -> dict[str, int]:
    """Return how many alerts there are in each state, those without any left out."""
    query = select(col(AlertRow.state), func.count()).group_by(col(AlertRow.state)).order_by(col(AlertRow.state))
    return {str(state): int(number) for state, number in session.execute(query)}


def sent_twice(session: Session) -> int:
    """Return how many messages were delivered more than once, each time with the same reference."""
    again = (
        select(col(AttemptRow.bundle))
        .where(col(AttemptRow.outcome) == "delivered")
        .group_by(col(AttemptRow.bundle), col(AttemptRow.recipient))
        .having(func.count() > 1)
    )
    return int(session.scalar(select(func.count()).select_from(again.subquery())) or 0)
