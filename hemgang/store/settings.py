"""What the installation keeps of itself by key: its secret for references, whether sending is held, its origin."""

import secrets
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from hemgang.store.tables import SettingRow

REFERENCE_SECRET = "reference_secret"  # noqa: S105  the key's name, not a secret


def reference_secret(session: Session) -> bytes:
    """Return the installation's secret for references; made at the first call, which must be in a writing session.

    Of several processes that start at once one makes it, and all have the same.
    """
    row = session.get(SettingRow, REFERENCE_SECRET)
    if row is None:
        fresh = insert_of(session, SettingRow).values(key=REFERENCE_SECRET, value=secrets.token_hex(32))
        session.connection().execute(fresh.on_conflict_do_nothing(index_elements=["key"]))
        row = session.get_one(SettingRow, REFERENCE_SECRET)
    return bytes.fromhex(row.value)


def put(session: Session, key: str, value: str) -> None:
    """Keep a value, whether there was one or not; two who do so at once do not hinder each other."""
    fresh = insert_of(session, SettingRow).values(key=key, value=value)
    session.connection().execute(fresh.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
    session.expire_all()


def insert_of(session: Session, row: type[SQLModel]) -> Any:
    """Return an INSERT into a row's table that knows `on_conflict_do_update`, which both databases spell the same."""
    dialect: Any = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(SQLModel.metadata.tables[str(row.__tablename__)])
