"""What became of duties and alerts, counted: saved by a reminder, met without one, lost."""

from dataclasses import dataclass

from sqlalchemy import and_, case, exists, func, select
from sqlmodel import Session, col

from hemgang.duties.model import AlertKind, AlertState, Status
from hemgang.store.tables import AlertRow, AttemptRow, DischargeRow, DutyRow, QuarantineRow


@dataclass(frozen=True, slots=True)
class Fates:
    """The duties of one kind: met unprompted, met in time after a reminder, met late or missed, and the rest."""

    kind: str
    unprompted: int
    saved: int
    lost: int
    open: int
    void: int


def fates(session: Session) -> list[Fates]:
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
    return [Fates(row[0], *(int(number) for number in row[1:])) for row in session.execute(query)]


def delivered_count(session: Session) -> int:
    """Return how many alerts were delivered."""
    query = select(func.count()).select_from(AlertRow).where(col(AlertRow.state) == AlertState.DELIVERED.value)
    return int(session.scalar(query) or 0)


def states(session: Session) -> dict[str, int]:
    """Return how many discharges stand in each state."""
    query = select(col(DischargeRow.state), func.count()).group_by(col(DischargeRow.state))
    return {row[0]: int(row[1]) for row in session.execute(query)}


def quarantined(session: Session) -> dict[str, int]:
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
