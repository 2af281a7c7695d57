"""What of the store is old enough for retention to look at: discharges, lines, readings, closings, forecasts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from hemgang.duties.default_roster import CHANNEL
from hemgang.duties.model import AlertState, Status
from hemgang.store.closing_tables import ClosingRow
from hemgang.store.forecast_table import ForecastRow
from hemgang.store.tables import AccessRow, AlertRow, DischargeRow, DutyRow, MessageRow, QuarantineRow

AT_ONCE = 5_000
SETTLED = (AlertState.DROPPED.value, AlertState.DELIVERED.value, AlertState.UNDELIVERED.value)
"""States from which an alert is never sent; in every other one it waits."""


@dataclass(frozen=True, slots=True)
class Old:
    """A discharge whose last message is old; `waits` if the engine will look at it, or somebody holds it."""

    episode: str
    reference: str
    region: str
    version: int
    waits: bool
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ClosingHead:
    """Which version of whose closed month it is, and when it was closed; a body may hold megabytes."""

    region: str
    month: str
    payer: str
    version: int
    closed_at: datetime


def old_discharges(session: Session, *, regions: Collection[str], before: datetime) -> list[Old]:
    """Return the discharges ever in some regions, and of none, whose last message took effect before an instant."""
    last = func.max(MessageRow.at)
    ever_there = select(col(MessageRow.episode)).where(col(MessageRow.region).in_(sorted(regions)))
    query = (
        select(DischargeRow, last)
        .join(MessageRow, col(MessageRow.episode) == col(DischargeRow.episode))
        .where(or_(col(DischargeRow.episode).in_(ever_there), col(DischargeRow.region) == ""))
        .group_by(col(DischargeRow.episode))
        .having(last < before)
        .order_by(col(DischargeRow.episode))
    )
    return [
        Old(row.episode, row.reference, row.region, row.version, is_waiting(row), last_at)
        for row, last_at in session.execute(query)
    ]


def is_waiting(row: DischargeRow) -> bool:
    """Whether a discharge is still to be looked at, or held."""
    return row.next_wake is not None or row.lease_owner is not None


def with_open_duty(session: Session, episodes: Sequence[str]) -> frozenset[str]:
    """Return those of some episodes that have an open duty."""
    query = select(col(DutyRow.episode)).where(
        col(DutyRow.episode).in_(episodes), col(DutyRow.status) == Status.OPEN.value
    )
    return frozenset(session.scalars(query))


def with_waiting_alert(session: Session, episodes: Sequence[str]) -> frozenset[str]:
    """Return those of some episodes that have an alert that may yet be sent; one without an address never is."""
    query = select(col(AlertRow.episode)).where(
        col(AlertRow.episode).in_(episodes), col(AlertRow.state).not_in(SETTLED), col(AlertRow.channel) != CHANNEL
    )
    return frozenset(session.scalars(query))


def first_messages(session: Session, episodes: Collection[str]) -> dict[str, datetime]:
    """Return when the first message of each of some episodes took effect."""
    found: dict[str, datetime] = {}
    wanted = sorted(episodes)
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(col(MessageRow.episode), func.min(MessageRow.at))
            .where(col(MessageRow.episode).in_(wanted[start : start + AT_ONCE]))
            .group_by(col(MessageRow.episode))
        )
        found.update((row[0], row[1]) for row in session.execute(query))
    return found


def still_stored(session: Session, episodes: Collection[str]) -> bool:
    """Whether any of some episodes is still stored."""
    wanted = sorted(episodes)
    parts = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    return any(
        session.scalar(select(col(DischargeRow.episode)).where(col(DischargeRow.episode).in_(part)).limit(1))
        is not None
        for part in parts
    )


def closing_heads(session: Session, region: str) -> list[ClosingHead]:
    """Return every version of every closed month of a region without its body, by month, payer and version."""
    columns = (ClosingRow.month, ClosingRow.payer, ClosingRow.version, ClosingRow.closed_at)
    query = select(*map(col, columns)).where(col(ClosingRow.region) == region)
    ordered = query.order_by(col(ClosingRow.month), col(ClosingRow.payer), col(ClosingRow.version))
    return [ClosingHead(region, row[0], row[1], row[2], row[3]) for row in session.execute(ordered)]


def regions_stored(session: Session) -> frozenset[str]:
    """Return every county code that anything stored names."""
    columns = (MessageRow.region, DischargeRow.region, ClosingRow.region, ForecastRow.region)
    return frozenset(
        str(found) for column in columns for found in session.scalars(select(col(column)).distinct()) if found
    )


def old_lines(session: Session, *, before: datetime) -> list[tuple[int, datetime]]:
    """Return number and time of storing of each quarantined line stored before an instant."""
    query = select(col(QuarantineRow.id), col(QuarantineRow.stored_at)).where(col(QuarantineRow.stored_at) < before)
    return [(int(row[0]), row[1]) for row in session.execute(query.order_by(col(QuarantineRow.id)))]


def old_forecasts(session: Session, *, region: str, before: datetime) -> list[tuple[int, datetime]]:
    """Return number and time of making of each forecast row of a region made before an instant."""
    query = select(col(ForecastRow.id), col(ForecastRow.made_at)).where(
        col(ForecastRow.region) == region, col(ForecastRow.made_at) < before
    )
    return [(int(row[0]), row[1]) for row in session.execute(query.order_by(col(ForecastRow.id)))]


def old_readings(session: Session, *, before: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield number and time of the access log's first rows as long as they lie before an instant."""
    query = select(col(AccessRow.seq), col(AccessRow.at)).order_by(col(AccessRow.seq))
    for seq, at in session.execute(query.execution_options(yield_per=AT_ONCE)):
        if at >= before:
            return
        yield int(seq), at


def last_reading(session: Session) -> int:
    """Return the number of the access log's last row, 0 for an empty log."""
    return int(session.scalar(select(func.max(AccessRow.seq))) or 0)
