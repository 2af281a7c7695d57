"""Copies of stored discharges under other names, made by SQL in PostgreSQL: how a large store is filled in seconds.

A copy is exact: the messages, duties, rungs and alerts that the services wrote, at the same instants; only episode,
message ids and references are new. So the timers of a hundred copies fall due together.
"""

from sqlalchemy import text
from sqlmodel import SQLModel

from hemgang.store.database import Database

COPIED = ("message", "discharge", "duty", "duty_revision", "rung", "alert")
"""What a discharge consists of; attempts and acknowledgements belong to what was sent, which copies were not."""

_ORIGINALS = "CREATE TABLE original AS SELECT episode FROM discharge"
_DIGEST = "encode(sha256(convert_to(replace(row.body, row.episode, row.episode || '-' || number), 'UTF8')), 'hex')"
_OWN_NAME = "upper(substr(md5({what} || '-' || number), 1, 20))"


def mark_originals(database: Database) -> int:
    """Let the discharges that are stored now be those that are copied; return how many there are."""
    with database.writing() as session:
        session.connection().execute(text(_ORIGINALS))
        return int(session.connection().scalar(text("SELECT count(*) FROM original")) or 0)


def copy_originals(database: Database, *, first: int, last: int) -> None:
    """Copy every original once for each number from `first` to `last`, both included, and let the planner know."""
    with database.writing() as session:
        for table in COPIED:
            session.connection().execute(text(_copying(table)), {"first": first, "last": last})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _copying(table: str) -> str:
    columns = [column.name for column in SQLModel.metadata.tables[table].columns]
    kept = [name for name in columns if not (name == "id" and table != "message")]
    values = ", ".join(_value(table, name) for name in kept)
    into = ", ".join(f'"{name}"' for name in kept)
    rows = f"{table} AS row JOIN original ON original.episode = row.episode"
    numbers = "generate_series(CAST(:first AS int), CAST(:last AS int)) AS number"
    return f"INSERT INTO {table} ({into}) SELECT {values} FROM {rows}, {numbers}"  # noqa: S608 - our own tables


def _value(table: str, column: str) -> str:
    """Return the SQL of a copy's column; what names the discharge, wherever it stands, names the copy."""
    if table == "message" and column == "digest":
        return _DIGEST
    if column == "reference":
        return _OWN_NAME.format(what="row.reference")
    if column in {"id", "episode", "body", "key", "why", "reason"}:
        return f"replace(row.\"{column}\", row.episode, row.episode || '-' || number)"
    if column in {"lease_owner", "lease_until", "bundle"}:
        return "NULL"
    return f'row."{column}"'
