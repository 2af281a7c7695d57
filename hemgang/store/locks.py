"""Locks by name, for what must be read and then written by one at a time and has no row to lock yet."""

import hashlib

from sqlalchemy import Connection, text
from sqlmodel import Session


def alone(session: Session | Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, and hold it until this one ends.

    Needs a writing transaction: on SQLite that is the lock already, on PostgreSQL an advisory lock is taken.
    """
    bound = session if isinstance(session, Connection) else session.connection()
    if bound.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        bound.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
