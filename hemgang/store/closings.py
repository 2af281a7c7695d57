"""Closed and restated months in the store: written once, read back as they were."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlmodel import Session, col

from hemgang.store.closing_tables import ClosingRow


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
