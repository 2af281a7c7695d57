"""Which tables a version of the store has, and those of a database as they are, of whatever version."""

from collections.abc import Mapping, Sequence
from functools import cache

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, MetaData, Table, create_engine, inspect

from hemgang.store.backup.errors import BackupError
from hemgang.store.instants import UtcDateTime
from hemgang.store.migrate import FOLDER, configuration

VERSION_TABLE = "alembic_version"


def revision_of(connection: Connection) -> str | None:
    """Return the version of a database's tables, None where there are none of hemgang's."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> frozenset[str]:
    """Return every version of the tables that this code knows."""
    return frozenset(script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions())


@cache
def columns_at(revision: str) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of every table in a known version, found by making the tables in memory."""
    with create_engine("sqlite://").begin() as connection:
        command.upgrade(configuration(connection), revision)
        found = inspect(connection)
        names = sorted(set(found.get_table_names()) - {VERSION_TABLE})
        return {name: tuple(str(column["name"]) for column in found.get_columns(name)) for name in names}


def tables_of(connection: Connection, revision: str) -> Sequence[Table]:
    """Return the tables of a database of a known version, those that others refer to first.

    Raises:
        BackupError: they are not those of the version: a column more would be lost, one less cannot be kept.
    """
    wanted = columns_at(revision)
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in wanted)
    for name, columns in wanted.items():
        there = found.tables[name].columns.keys() if name in found.tables else []
        if set(there) != set(columns):
            odd = ", ".join(sorted(set(there) ^ set(columns)))
            raise BackupError(f"table {name} is not that of version {revision}: {odd}")
    for table in found.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, DateTime):
                column.type = UtcDateTime()
    return found.sorted_tables
