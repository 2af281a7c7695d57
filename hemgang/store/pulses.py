"""When each loop last swept to its end: for the heartbeat, for who looks, and as a mark below which time is wrong."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from hemgang.store.operation_tables import PulseRow
from hemgang.store.settings import insert_of


@dataclass(frozen=True, slots=True)
class Pulse:
    """One loop's last complete sweep (UTC), on which machine, and how many were recorded ever."""

    name: str
    at: datetime
    host: str
    count: int


def beat(session: Session, name: str, *, now: datetime, host: str) -> Pulse:
    """Record that a loop has swept to its end; of two at once the later instant stays. Needs a writing session."""
    fresh = insert_of(session, PulseRow).values(name=name, at=now, host=host[:64], count=0)
    session.connection().execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    row = session.get_one(PulseRow, name, with_for_update=True)
    row.at, row.host, row.count = max(row.at, now), host[:64], row.count + 1
    session.flush()
    return _pulse(row)


def pulses(session: Session) -> dict[str, Pulse]:
    """Return the last complete sweep of every loop, by name."""
    return {row.name: _pulse(row) for row in session.scalars(select(PulseRow))}


def _pulse(row: PulseRow) -> Pulse:
    return Pulse(row.name, row.at, row.host, row.count)
