"""The acts of a month's review, and the joint decisions, in the store: appended, and read back in order."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from hemgang.closing.events import Event
from hemgang.closing.words import Act, Side
from hemgang.store.closing_tables import JointDecisionRow, ReviewEventRow


def review_events(session: Session, *, region: str, month: str, until: datetime | None = None) -> list[Event]:
    """Return the acts of a month's review in the order in which they were recorded; those up to `until`, if given."""
    query = select(ReviewEventRow).where(col(ReviewEventRow.region) == region, col(ReviewEventRow.month) == month)
    if until is not None:
        query = query.where(col(ReviewEventRow.at) <= until)
    return [_event(row) for row in session.scalars(query.order_by(col(ReviewEventRow.number)))]


def append_event(session: Session, event: Event, *, region: str, month: str) -> None:
    """Append an act; of two at once the database refuses one."""
    numbers = select(func.max(ReviewEventRow.number)).where(
        col(ReviewEventRow.region) == region, col(ReviewEventRow.month) == month
    )
    session.add(
        ReviewEventRow(
            region=region,
            month=month,
            number=int(session.scalar(numbers) or 0) + 1,
            act=event.act.value,
            at=event.at,
            by=event.by,
            side=event.side.value,
            payer=event.payer,
            episode=event.episode,
            day="" if event.day is None else event.day.isoformat(),
            reason=event.reason,
            content=event.content,
            matter=event.matter,
            other=event.other,
        )
    )
    session.flush()


def decisions(session: Session, *, region: str, known_at: datetime) -> frozenset[tuple[str, str, str, str]]:
    """Return region, payer, clause and month of the joint decisions recorded by an instant."""
    return frozenset(decision for _, decision in decisions_with_times(session, region=region, known_at=known_at))


def decisions_with_times(
    session: Session, *, region: str, known_at: datetime
) -> Iterator[tuple[datetime, tuple[str, str, str, str]]]:
    """Yield when each joint decision recorded by an instant was recorded, and what `decisions` returns of it."""
    query = select(JointDecisionRow).where(col(JointDecisionRow.region) == region, col(JointDecisionRow.at) <= known_at)
    for row in session.scalars(query):
        yield row.at, (row.region, row.payer, row.clause, row.month)


def add_decision(session: Session, row: JointDecisionRow) -> None:
    """Record a joint decision; the database refuses a second one of the same payer, clause and month."""
    session.add(row)
    session.flush()


def _event(row: ReviewEventRow) -> Event:
    return Event(
        act=Act(row.act),
        at=row.at,
        by=row.by,
        side=Side(row.side),
        payer=row.payer,
        episode=row.episode,
        day=date.fromisoformat(row.day) if row.day else None,
        reason=row.reason,
        content=row.content,
        matter=row.matter,
        other=row.other,
    )
