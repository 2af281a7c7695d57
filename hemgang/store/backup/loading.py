"""Loads a backup into an empty database, in the caller's one transaction: tables of its version, then every row.

The rows were accepted once by the database they come from. The triggers that watch over what is new stand aside while
the rows are loaded: they look at the order in which months were reviewed, closed and restated, and at rules that are
younger than the oldest rows.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from alembic import command
from sqlalchemy import Connection, Integer, Table, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from hemgang.store.backup.errors import BackupError, NotEmpty
from hemgang.store.backup.manifest import Manifest, Part
from hemgang.store.backup.reading import Backup
from hemgang.store.backup.rows import Sum, line_of, reader_of
from hemgang.store.backup.schema import columns_at, revision_of, revisions, tables_of
from hemgang.store.database import reason_of
from hemgang.store.locks import alone
from hemgang.store.migrate import configuration

ROWS_AT_ONCE = 2_000
LEASES = ("lease_owner", "lease_until")

Progress = Callable[[str, int], None]


def check_known(manifest: Manifest) -> None:
    """Hold a backup against the versions of the tables that this code knows.

    Raises:
        BackupError: it comes from a newer hemgang, or its tables are not those of its version.
    """
    if manifest.revision not in revisions():
        raise BackupError(
            f"the backup has tables of version {manifest.revision}, which this hemgang does not know: upgrade hemgang"
        )
    if {part.table: part.columns for part in manifest.parts} != dict(columns_at(manifest.revision)):
        raise BackupError(f"the backup's tables are not those of version {manifest.revision}")


def load(connection: Connection, backup: Backup, *, progress: Progress = lambda *_: None) -> None:
    """Make the tables of the backup's version, load every row, and read all of it back.

    Needs a writing transaction. Leases of workers that no longer are, are cleared.

    Raises:
        NotEmpty: the database has something in it.
        BackupError: a part is damaged, or the database did not take a row or gave back another.
    """
    manifest = backup.manifest
    alone(connection, "migrate")
    _make_empty_tables(connection, manifest.revision)
    tables = tables_of(connection, manifest.revision)
    parts = {part.table: part for part in manifest.parts}
    with _triggers_aside(connection, tables):
        for table in tables:
            part = parts[table.name]
            loaded = _load_table(connection, backup, table, part, progress)
            if _read_back(connection, table, part) != loaded:
                raise BackupError(f"table {table.name}: the database gives back other rows than it was given")
    _clear_leases(connection, tables)
    if connection.dialect.name == "postgresql":
        _number_on(connection, tables)


def _make_empty_tables(connection: Connection, revision: str) -> None:
    """Leave the tables of one version, empty; those of another are made anew."""
    current = revision_of(connection)
    if current is not None and current not in revisions():
        raise NotEmpty(f"the database is at version {current}, which this hemgang does not know; name an empty one")
    names = columns_at(current or revision)
    there = [name for name in names if inspect(connection).has_table(name)]
    if current is None and there:
        raise NotEmpty(f"the database has a table {there[0]} that is not hemgang's; name an empty one")
    for name in there:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f'LOCK TABLE "{name}" IN ACCESS EXCLUSIVE MODE')
        if connection.exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first() is not None:  # noqa: S608  our names
            raise NotEmpty(f"the database holds something already (table {name}); a backup goes into an empty one only")
    if current == revision:
        return
    if current is not None:
        command.downgrade(configuration(connection), "base")
    command.upgrade(configuration(connection), revision)


@contextmanager
def _triggers_aside(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    names = [table.name for table in tables]
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        yield
        for name in names:
            connection.exec_driver_sql(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
        return
    query = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = [(name, sql) for name, table, sql in connection.execute(query) if table in names]
    for name, _ in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in found:
        connection.exec_driver_sql(sql)


def _load_table(connection: Connection, backup: Backup, table: Table, part: Part, progress: Progress) -> Sum:
    read, loaded = reader_of(table, part.columns), Sum()
    lines = backup.lines(part)
    while some := list(islice(lines, ROWS_AT_ONCE)):
        try:
            connection.execute(table.insert(), [read(line) for line in some])
        except SQLAlchemyError as error:
            raise BackupError(f"table {table.name}: {reason_of(error)}") from error
        except ValueError as error:
            raise BackupError(f"the backup is damaged: {part.name} has a row that is none") from error
        for line in some:
            loaded.add(line)
        progress(table.name, loaded.rows)
    return loaded


def _read_back(connection: Connection, table: Table, part: Part) -> Sum:
    found = Sum()
    query = select(*(table.columns[name] for name in part.columns))
    for row in connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}):
        found.add(line_of(row))
    return found


def _clear_leases(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        held = {name: None for name in LEASES if name in table.columns}
        if held:
            connection.execute(table.update().values(held))


def _number_on(connection: Connection, tables: Sequence[Table]) -> None:
    """Let PostgreSQL number new rows after those that are there; SQLite does of itself."""
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, Integer):
                _reset(connection, table.name, column.name)


def _reset(connection: Connection, table: str, column: str) -> None:
    names = {"table": f'"{table}"', "column": column}
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), names)
    if sequence is not None:
        last = f'SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"'  # noqa: S608  names of our own tables
        connection.execute(text(f"SELECT setval(:sequence, ({last}), false)"), {"sequence": sequence})
