"""A populated database in a moment, and every row of a database to compare; for the tests of backups only."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hemgang.services.backup import restore
from hemgang.store.backup.format import columns_at, line_of, revision_of, tables_of
from hemgang.store.backup.restore import opened
from hemgang.store.database import Database, open_database

HISTORY = Path(__file__).parent / "history"
GOLDEN = HISTORY / "0004.backup"
"""A backup of a database that 0.1.0 filled, at version 0004 of the tables; see the README beside it."""

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def populated(url: str) -> Database:
    """Return a database at this code's version with everything in it, its sending held."""
    restore(url, GOLDEN, by="a test", now=NOW)
    return open_database(url)


def rows(database: Database) -> dict[str, list[str]]:
    """Return every row of every table as a backup writes it, sorted."""
    with database.engine.connect() as connection:
        revision = str(revision_of(connection))
        return {
            table.name: sorted(
                line_of(row).decode()
                for row in connection.execute(table.select().with_only_columns(*columns_of(table, revision)))
            )
            for table in tables_of(connection, revision)
        }


def columns_of(table: Any, revision: str) -> list[Any]:
    """Return the columns of a table in the order of a backup."""
    return [table.columns[name] for name in columns_at(revision)[table.name]]


def rows_in(path: Path) -> dict[str, list[str]]:
    """Return every row of every table of a backup, sorted."""
    with opened(path) as backup:
        return {part.table: sorted(line.decode() for line in backup.lines(part)) for part in backup.manifest.parts}
