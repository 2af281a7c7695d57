"""When each loop last swept to its end: for the heartbeat, for who looks, and as a mark below which time is wrong.

`watch` is beaten by every engine. One that works for some counties beats `watch/23` as well, one that works for all
beats `watch/*`: so that a county nobody looks after is seen, however busy the others are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

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


@dataclass(frozen=True, slots=True)
class Swept:
    """When a loop last swept to its end (UTC), None if it never did; `county`: that it neglects, "" if it is all."""

    at: datetime | None
    county: str = ""


LOOPS = ("watch", "deliver", "inbox")
BY_COUNTY = ("watch", "deliver")
"""The loops that beat, and those whose pulse is kept by county as well."""
ALL = "*"
NEVER = datetime.min.replace(tzinfo=UTC)


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


def names_of(loop: str, regions: Iterable[str]) -> tuple[str, ...]:
    """Return the pulses that tell of a loop for some counties, or for all where none is named."""
    return tuple(f"{loop}/{region}" for region in sorted(regions)) or (f"{loop}/{ALL}",)


def last_sweeps(found: Mapping[str, Pulse], counties: Iterable[str]) -> dict[str, Swept]:
    """Return when each loop last swept to its end: for the one of `counties` that has waited longest for it.

    The inbox is nobody's county; and where only engines of an earlier version beat, a loop's own pulse is all there is.
    """
    swept = {}
    for loop in (name for name in found if "/" not in name):
        of = {name.partition("/")[2]: one.at for name, one in found.items() if name.startswith(f"{loop}/")}
        told = [
            Swept(max((of[one] for one in (county, ALL) if one in of), default=None), county) for county in counties
        ]
        swept[loop] = min([Swept(found[loop].at), *(told if of else [])], key=lambda one: one.at or NEVER)
    return swept


def _pulse(row: PulseRow) -> Pulse:
    return Pulse(row.name, row.at, row.host, row.count)
