"""The format of a backup: a ZIP archive of one part a table, a row a line, and its manifest, written last.

The manifest holds the version of the tables and what each part must hold; a row is one line of JSON, the same from
every database.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, MetaData, Table, create_engine, inspect

from hemgang.errors import HemgangError
from hemgang.store.database import FOLDER, configuration
from hemgang.store.tables import UtcDateTime

NAME = "manifest.json"
KIND = "hemgang backup"
FORMAT = 1
"""Rises when an older hemgang could no longer read the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table: its columns in the order of each row, how many rows, and the SHA-256 of its lines, uncompressed."""

    table: str
    columns: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def name(self) -> str:
        """The name of the part in the archive."""
        return part_name(self.table)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's own account: `revision` is the version of its tables, `hemgang` and `database` what made it."""

    made_at: datetime
    revision: str
    hemgang: str
    database: str
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(part.rows for part in self.parts)


def part_name(table: str) -> str:
    """Return the name of a table's part in the archive."""
    return f"{table}.ndjson"


def as_text(manifest: Manifest) -> str:
    """Return a manifest as the JSON that is stored."""
    told = {
        "kind": KIND,
        "format": FORMAT,
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.revision,
        "hemgang": manifest.hemgang,
        "database": manifest.database,
        "tables": [asdict(part) for part in manifest.parts],
    }
    return json.dumps(told, indent=1)


def from_text(text: str) -> Manifest:
    """Return the manifest that a text holds.

    Raises:
        BackupError: it is no manifest, or one of a newer format.
    """
    try:
        told = json.loads(text)
        kind, form = told["kind"], told["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError("the file is no backup of hemgang") from error
    if kind != KIND or not isinstance(form, int):
        raise BackupError("the file is no backup of hemgang")
    if form > FORMAT:
        raise BackupError(f"the backup has format {form}, which this hemgang cannot read: upgrade hemgang")
    try:
        return _manifest(told)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError("the backup's manifest is damaged") from error


def _manifest(told: Mapping[str, Any]) -> Manifest:
    parts = tuple(
        Part(str(one["table"]), tuple(map(str, one["columns"])), int(one["rows"]), str(one["sha256"]))
        for one in told["tables"]
    )
    return Manifest(
        made_at=datetime.fromisoformat(told["made_at"]),
        revision=str(told["revision"]),
        hemgang=str(told["hemgang"]),
        database=str(told["database"]),
        parts=parts,
    )


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


class BackupError(HemgangError):
    """A file that is no backup, is damaged, or comes from a newer hemgang: take another one, or upgrade hemgang."""


class NotEmpty(HemgangError):
    """The database of a restore has something in it, which is never written over: name an empty one."""


_ALL = 1 << 256


def line_of(row: Sequence[Any]) -> bytes:
    """Return a row as a line: a JSON array of its values, instants in UTC, and a line feed.

    Raises:
        TypeError: a value has no form in a backup.

    >>> line_of(["m1", None, 3, True, datetime(2023, 3, 1, 8, tzinfo=UTC)]).decode().strip()
    '["m1",null,3,true,"2023-03-01T08:00:00+00:00"]'
    """
    return f"{_ENCODER.encode(list(row))}\n".encode()


def reader_of(table: Table, columns: Sequence[str]) -> Callable[[bytes], dict[str, Any]]:
    """Return a function from a line to the row's values by column.

    That function raises ValueError for a line that is no row of so many columns.
    """
    instants = [name for name in columns if isinstance(table.columns[name].type, UtcDateTime)]

    def read(line: bytes) -> dict[str, Any]:
        row = dict(zip(columns, json.loads(line), strict=True))
        for name in instants:
            if row[name] is not None:
                row[name] = datetime.fromisoformat(row[name])
        return row

    return read


class Sum:
    """A checksum over lines that does not depend on their order, which databases see differently."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        """Count one line."""
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _ALL

    def __eq__(self, other: object) -> bool:
        """Whether the same lines were counted."""
        return isinstance(other, Sum) and (self.rows, self._sum) == (other.rows, other._sum)

    __hash__ = None  # type: ignore[assignment]  # it changes


def _instant(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no form in a backup")
    return value.astimezone(UTC).isoformat()


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_instant)
