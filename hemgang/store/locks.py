"""Locks by name, for what must be read and then written by one at a time and has no row to lock yet."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlmodel import Session


def alone(session: Session | Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, and hold it until this one ends.

    Needs a writing transaction: on SQLite that is the lock already, on PostgreSQL an advisory lock is taken.
    """
    bound = session if isinstance(session, Connection) else session.connection()
    if bound.dialect.name == "postgresql":
        bound.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(name)})


def lock_free(session: Session, kind: str, names: Iterable[str]) -> list[str]:
    """Lock those of `names` that no other transaction holds, until this one ends, and return them; never waits.

    Needs a writing transaction: on SQLite that locks all of them. What is asked afterwards, in a statement of its own,
    sees all that the holders before have committed.
    """
    wanted = sorted(set(names))
    if session.get_bind().dialect.name != "postgresql" or not wanted:
        return wanted
    keys = [_key(f"{kind}/{name}") for name in wanted]
    return list(session.scalars(_LOCK_FREE, {"names": wanted, "keys": keys}))


_LOCK_FREE = text(
    "SELECT name FROM unnest(CAST(:names AS text[]), CAST(:keys AS bigint[])) AS wanted (name, key)"
    " WHERE pg_try_advisory_xact_lock(key)"
)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
