"""Leases on discharges and on alerts of the outbox: who works on a row, until when by the database's own clock.

A lease that ran out is free for the next worker. The fence is its owner: whoever lost a lease on the way gives nothing
back that another holds by now. The sql is the same for both tables; what is due for a lease each table says itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlmodel import Session, col

from hemgang.store.tables import AT_ONCE, AlertRow, DischargeRow

LEASE = timedelta(minutes=2)
"""How long a claim holds, in real time."""


Leased = type[DischargeRow] | type[AlertRow]


def is_free(table: Leased, *, real_now: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody holds a row, or that its lease ran out before `real_now`."""
    return or_(col(table.lease_until).is_(None), col(table.lease_until) < real_now)


def is_busy(table: Leased, *, real_now: datetime) -> ColumnElement[bool]:
    """Return the condition that somebody holds a row at `real_now`, the last instant of the lease included."""
    return col(table.lease_until) >= real_now


def is_held_by(table: Leased, owner: str | None) -> ColumnElement[bool]:
    """Return the fence: the condition that a row is still this owner's, or nobody's for None."""
    return col(table.lease_owner) == owner


def take(session: Session, table: Leased, keys: Sequence[str | int | None], *, owner: str, real_now: datetime) -> None:
    """Give rows that the caller has locked to an owner for `LEASE`. Needs a writing session."""
    _set(session, table, keys, lease_owner=owner, lease_until=real_now + LEASE)


def release(session: Session, table: Leased, keys: Sequence[str | int | None], *, owner: str | None) -> None:
    """Give back some of what an owner holds; what another holds by now stays with that one."""
    _set(session, table, keys, is_held_by(table, owner), lease_owner=None, lease_until=None)


def release_all_of(session: Session, owner: str, *, of: Sequence[Leased] = (DischargeRow, AlertRow)) -> None:
    """Give back everything that an owner holds who is known to be dead, or to have nothing under way."""
    for table in of:
        session.execute(update(table).where(is_held_by(table, owner)).values(lease_owner=None, lease_until=None))


def owners(session: Session, table: Leased, *conditions: ColumnElement[bool]) -> list[str]:
    """Return every owner of a row for which the conditions hold."""
    query = select(col(table.lease_owner)).where(*conditions, col(table.lease_owner).is_not(None)).distinct()
    return [str(owner) for owner in session.scalars(query) if owner]


def _set(
    session: Session,
    table: Leased,
    keys: Sequence[str | int | None],
    *conditions: ColumnElement[bool],
    **values: Any,
) -> None:
    key = col(DischargeRow.episode) if table is DischargeRow else col(AlertRow.id)
    for start in range(0, len(keys), AT_ONCE):
        which = key.in_(keys[start : start + AT_ONCE])
        session.execute(update(table).where(which, *conditions).values(**values))
