"""Closed and restated months in the store, the acts of their reviews, and joint decisions: appended, read back."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from hemgang.closing.review import Act, Event, Side
from hemgang.store.tables import ClosingRow, JointDecisionRow, ReviewEventRow


@dataclass(frozen=True, slots=True)
class Closing:
    """A version of a closed month of a region (of one payer, if `payer` is not "").

    Version 1 is the closing itself, each later one a restatement charged in the month `charged_in`. `attested_by` is
    the second person; it is empty only in what was closed before two were asked for.
    """

    region: str
    month: str
    payer: str
    version: int
    status: str
    hash: str
    as_of: datetime
    closed_at: datetime
    closed_by: str
    decision: str
    body: str
    attested_by: str = ""
    charged_in: str = ""


def latest(session: Session, *, region: str, month: str, payer: str) -> Closing | None:
    """Return the latest version of a closed month, None if it has not been closed."""
    return next(reversed(versions_of(session, region=region, month=month, payer=payer)), None)


def versions_of(session: Session, *, region: str, month: str, payer: str) -> list[Closing]:
    """Return every version of a closed month, the first one first; none if it has not been closed."""
    query = _ordered().where(
        col(ClosingRow.region) == region, col(ClosingRow.month) == month, col(ClosingRow.payer) == payer
    )
    return [_closing(row) for row in session.scalars(query)]


def of_month(session: Session, *, region: str, month: str) -> list[Closing]:
    """Return every version of a month's closings, by payer and version."""
    query = _ordered().where(col(ClosingRow.region) == region, col(ClosingRow.month) == month)
    return [_closing(row) for row in session.scalars(query)]


def of_region(session: Session, region: str | None = None) -> list[Closing]:
    """Return every version of every closed month, of one region or of all, by region, month, payer and version."""
    query = _ordered() if region is None else _ordered().where(col(ClosingRow.region) == region)
    return [_closing(row) for row in session.scalars(query)]


def charged_in(session: Session, *, region: str, month: str) -> list[Closing]:
    """Return the restatements whose differences are charged in a month."""
    query = _ordered().where(col(ClosingRow.region) == region, col(ClosingRow.charged_in) == month)
    return [_closing(row) for row in session.scalars(query)]


def closed_for(session: Session, *, region: str, month: str) -> list[str]:
    """Return for whom a month is closed: "" stands for all payers."""
    query = select(col(ClosingRow.payer)).where(
        col(ClosingRow.region) == region, col(ClosingRow.month) == month, col(ClosingRow.version) == 1
    )
    return sorted(str(payer) for payer in session.scalars(query))


def add(session: Session, closing: Closing) -> None:
    """Store a version of a closed month; the database refuses a second one, and one that skips a version."""
    session.add(ClosingRow(**asdict(closing)))
    session.flush()


def _ordered() -> Select[ClosingRow]:
    return select(ClosingRow).order_by(
        col(ClosingRow.region), col(ClosingRow.month), col(ClosingRow.payer), col(ClosingRow.version)
    )


def _closing(row: ClosingRow) -> Closing:
    return Closing(**{name: getattr(row, name) for name in Closing.__slots__})


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
