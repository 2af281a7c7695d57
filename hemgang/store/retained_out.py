"""What is known of what retention let go: references of episodes, and months that have lost details."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, text
from sqlmodel import Session, col

from hemgang.references import reference_of
from hemgang.store.retention_table import RetainedOutRow, RetentionRunRow, SealedMonthRow
from hemgang.store.settings import reference_secret
from hemgang.store.tables import DischargeRow

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class RetainedOut:
    """An episode whose details are gone: its county, its last payer, when they went (UTC), and on which basis."""

    region: str
    payer: str
    at: datetime
    basis: str


def retained_out(session: Session, episode: str) -> RetainedOut | None:
    """Return what is known of an episode whose details are gone; None if they are not."""
    if not _any(session):
        return None
    row = session.get(RetainedOutRow, reference_of(reference_secret(session), "discharge", episode))
    if row is None:
        return None
    run = session.get(RetentionRunRow, row.run)
    return RetainedOut(row.region, row.payer, row.at, run.basis if run is not None else "")


def among(session: Session, episodes: Collection[str]) -> frozenset[str]:
    """Return those of some episodes whose details are gone; needs a writing session, and keeps it true until its end.

    An episode that is stored is not gone, so only the others are asked about.
    """
    if not episodes:
        return frozenset()
    if session.connection().dialect.name == "postgresql":
        # The lock that storing messages takes anyway: until this ends, no episode's details go.
        session.execute(text("LOCK TABLE message IN ROW EXCLUSIVE MODE"))
    if not _any(session):
        return frozenset()
    wanted = sorted(set(episodes))
    found: set[str] = set()
    secret = reference_secret(session)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        stored = set(session.scalars(select(col(DischargeRow.episode)).where(col(DischargeRow.episode).in_(part))))
        named = {reference_of(secret, "discharge", one): one for one in part if one not in stored}
        gone = select(col(RetainedOutRow.reference)).where(col(RetainedOutRow.reference).in_(sorted(named)))
        found |= {named[str(reference)] for reference in session.scalars(gone)}
    return frozenset(found)


def sealed(session: Session, *, region: str, months: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Return the payers, by month, of those months of a region that have lost details."""
    query = select(col(SealedMonthRow.month), col(SealedMonthRow.payer)).where(
        col(SealedMonthRow.region) == region, col(SealedMonthRow.month).in_(months)
    )
    found: dict[str, frozenset[str]] = {}
    for month, payer in session.execute(query):
        found[month] = found.get(month, frozenset()) | {payer}
    return found


def _any(session: Session) -> bool:
    return bool(session.scalar(select(exists().select_from(RetainedOutRow))))
