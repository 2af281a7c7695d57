"""Closed months in the store: written once, read back as they were."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.store.tables import ClosingRow


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed month of a region (of one payer, if `payer` is not ""): what was closed, by whom, on what facts."""

    region: str
    month: str
    payer: str
    version: int
    hash: str
    as_of: datetime
    closed_at: datetime
    closed_by: str
    decision: str
    body: str


def latest(session: Session, *, region: str, month: str, payer: str) -> Closing | None:
    """Return the latest closed version of a month, None if it has not been closed."""
    query = (
        select(ClosingRow)
        .where(col(ClosingRow.region) == region, col(ClosingRow.month) == month, col(ClosingRow.payer) == payer)
        .order_by(col(ClosingRow.version).desc())
    )
    row = session.scalars(query).first()
    if row is None:
        return None
    return Closing(
        region=row.region,
        month=row.month,
        payer=row.payer,
        version=row.version,
        hash=row.hash,
        as_of=row.as_of,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        decision=row.decision,
        body=row.body,
    )


def overlapping(session: Session, *, region: str, month: str, payer: str) -> str | None:
    """Return for whom the month is closed already in a way that overlaps: all payers ("") or, for all, one of them."""
    query = select(col(ClosingRow.payer)).where(
        col(ClosingRow.region) == region, col(ClosingRow.month) == month, col(ClosingRow.payer) != payer
    )
    query = query.where(col(ClosingRow.payer) == "") if payer else query
    return session.scalars(query).first()


def add(session: Session, closing: Closing) -> None:
    """Store a closed month; the database refuses a second one of the same version."""
    session.add(
        ClosingRow(
            region=closing.region,
            month=closing.month,
            payer=closing.payer,
            version=closing.version,
            status="closed",
            hash=closing.hash,
            as_of=closing.as_of,
            closed_at=closing.closed_at,
            closed_by=closing.closed_by,
            decision=closing.decision,
            body=closing.body,
        )
    )
    session.flush()
