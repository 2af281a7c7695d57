"""Which database this is: its own time, and a mark that a restored or copied database does not have."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from hemgang import clock
from hemgang.store.settings import put
from hemgang.store.tables import SettingRow

KEY = "origin"

_POSTGRESQL = text(
    "SELECT system_identifier::text || '/' || timeline_id || '/' || d.oid || '/' || 'alert'::regclass::oid "
    "FROM pg_control_system(), pg_control_checkpoint(), pg_database AS d WHERE d.datname = current_database()"
)


def database_now(session: Session) -> datetime:
    """Return the instant that all who share this database go by, in UTC.

    PostgreSQL's own clock, so that machines whose clocks differ agree; with SQLite there is one machine, and its clock.
    """
    if session.connection().dialect.name != "postgresql":
        return clock.machine_now()
    told: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told.astimezone(UTC)


def origin(session: Session) -> str:
    """Return a mark of this very database: another after a dump was loaded, a file copied, or an older state recovered.

    PostgreSQL: cluster, timeline, database and the object id of a table. SQLite: the file's inode.
    """
    bound = session.connection()
    if bound.dialect.name == "postgresql":
        return str(bound.execute(_POSTGRESQL).scalar_one())
    name = bound.engine.url.database
    return str(Path(name).stat().st_ino) if name and Path(name).exists() else "memory"


def known_origin(session: Session) -> str | None:
    """Return the mark that was kept last, None if none was."""
    row = session.get(SettingRow, KEY)
    return None if row is None else row.value


def keep_origin(session: Session, mark: str) -> None:
    """Keep the mark of this database."""
    put(session, KEY, mark)
