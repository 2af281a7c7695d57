"""A backup read, loaded into an empty database, and its closed months proved.

Every part is held against the manifest's counts and hashes. Loading is the caller's one transaction: tables of the
backup's version, then every row. The rows were accepted once by the database they come from; the triggers on what is
new stand aside, since they look at the order in which months were reviewed, closed and restated, and at rules younger
than the oldest rows. The proof needs no agreement, rate or message, so it holds for months closed by any version; that
a month comes out the same when it is computed again is the question of `hemgang restate`.
"""

import errno
import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from alembic import command
from sqlalchemy import Connection, Integer, Table, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from hemgang.closing.review import Adjustment, Cause
from hemgang.closing.settlement import Difference
from hemgang.liability.serialize import content_hash
from hemgang.store.backup import format as told
from hemgang.store.backup.format import (
    BackupError,
    Manifest,
    NotEmpty,
    Part,
    Sum,
    columns_at,
    line_of,
    reader_of,
    revision_of,
    revisions,
    tables_of,
)
from hemgang.store.closings import Closing, versions_of
from hemgang.store.database import alone, configuration, reason_of
from hemgang.store.tables import ClosingRow

LONGEST_MANIFEST = 1 << 20
LONGEST_LINE = 1 << 28
"""Bytes of one row: a closed month with its whole ledger has some million."""

BUFFER = 1 << 20

_DAMAGE = (BadZipFile, zlib.error, struct.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError)
"""What Python's reading of archives raises where a byte is wrong."""


@dataclass(frozen=True, slots=True)
class Backup:
    """An opened backup."""

    manifest: Manifest
    archive: ZipFile

    def lines(self, part: Part) -> Iterator[bytes]:
        """Yield the rows of a part as lines, each ended by a line feed.

        Raises:
            BackupError: at the end, or before: it is not what the manifest says.
        """
        digest, rows = hashlib.sha256(), 0
        with _damage_told(), self.archive.open(part.name) as member:
            reader = io.BufferedReader(cast("io.RawIOBase", member), BUFFER)
            while line := reader.readline(LONGEST_LINE):
                digest.update(line)
                rows += 1
                yield line
        if rows != part.rows or digest.hexdigest() != part.sha256:
            raise BackupError(f"the backup is damaged: {part.name} is not what its manifest says")

    def verify(self) -> None:
        """Read everything once.

        Raises:
            BackupError: a part is damaged.
        """
        for part in self.manifest.parts:
            for _ in self.lines(part):
                pass


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Open a backup and read its manifest; what is found wrong with it, then or later in the block, names the file.

    Raises:
        BackupError: the file is no backup, is cut off, or has other parts than its manifest says.
        OSError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _read(file)
    except BackupError as error:
        raise BackupError(f"{path}: {error}") from error


def _read(file: IO[bytes]) -> Iterator[Backup]:
    try:
        archive = ZipFile(file)
    except _DAMAGE as error:
        raise BackupError("this is no backup of hemgang, or it is cut off") from error
    with archive:
        manifest = _manifest(archive)
        expected = sorted([told.NAME, *(part.name for part in manifest.parts)])
        members = archive.infolist()
        if sorted(member.filename for member in members) != expected:
            raise BackupError("the backup is damaged: its parts are not those of its manifest")
        if any(member.compress_type != ZIP_DEFLATED for member in members):
            raise BackupError("the backup is damaged: a part is not written as backups are")
        yield Backup(manifest, archive)


def _manifest(archive: ZipFile) -> Manifest:
    with _damage_told():
        if told.NAME not in archive.namelist() or archive.getinfo(told.NAME).file_size > LONGEST_MANIFEST:
            raise BackupError("this is no backup of hemgang")
        text = archive.read(told.NAME).decode()
    return told.from_text(text)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise BackupError("the backup is damaged") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise BackupError("the backup is damaged: a part begins before the file does") from error


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


@dataclass(frozen=True, slots=True)
class Proof:
    """How many versions of closed months were looked at, and which of them do not hold together."""

    versions: int
    broken: tuple[str, ...]


def closings_proved(session: Session) -> Proof:
    """Hold every version of every closed month against its hash, and every statement against the sum of its rows."""
    key = (col(ClosingRow.region), col(ClosingRow.month), col(ClosingRow.payer))
    seen, broken = 0, []
    for region, month, payer in session.execute(select(*key).distinct().order_by(*key)).all():
        versions = versions_of(session, region=region, month=month, payer=payer)
        seen += len(versions)
        for before, one in zip([None, *versions], versions, strict=False):
            if not (_closing_holds(one) if before is None else _restatement_holds(before, one)):
                broken.append(f"{region} {month} {payer or 'all'} version {one.version}")
    return Proof(seen, tuple(broken))


def _closing_holds(closing: Closing) -> bool:
    """Whether a closing has its hash; what an older version did not keep, or retention removed, is not asked for."""
    body = json.loads(closing.body)
    if body.get("hash", closing.hash) != closing.hash or not _sums_hold(body):
        return False
    if "draft_hash" not in body or "removed" in body:
        return True
    lines = sorted(_parked(body)) + sorted(_adjusted(body))
    return closing.hash == (content_hash([body["draft_hash"], *lines]) if lines else body["draft_hash"])


def _sums_hold(body: Mapping[str, Any]) -> bool:
    sums: dict[str, Decimal] = {}
    for row in body.get("ledger", ()):
        sums[row["payer"]] = sums.get(row["payer"], Decimal("0.00")) + Decimal(row["amount"])
    payers = body.get("payers", ()) if "ledger" in body and "removed" not in body else ()
    return all(Decimal(one["amount"]) == sums.get(one["payer"], Decimal("0.00")) for one in payers)


def _parked(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of `hemgang.closing.review.closing_hash` for rows in dispute."""
    places = {
        (row["payer"], row["episode"], row["date"], row["clause"]): row["period"] or 0
        for row in body["ledger"]
        if Decimal(row["amount"])
    }
    for payer in body["payers"]:
        for row in payer.get("parked", ()):
            period = places.get((payer["payer"], row["episode"], row["date"], row["clause"]))
            yield f"parked {payer['payer']} {row['episode'] or ''} {period} {row['date']} {row['clause']}"


def _adjusted(body: Mapping[str, Any]) -> Iterator[str]:
    for payer in body["payers"]:
        for one in payer.get("adjustments", ()):
            change = (Cause(one["cause"]), Fraction(one["care_days"]), Decimal(one["amount"]))
            yield str(Adjustment(payer["payer"], one["from_month"], one["version"], *change))


def _restatement_holds(before: Closing, closing: Closing) -> bool:
    """Whether a restatement stands on the version before; believed where a mean's clause, or all rows, are not kept."""
    body = json.loads(closing.body)
    changes: Sequence[Mapping[str, Any]] = body["differences"]
    if "removed" in body or not all(one["episode"] for one in changes):
        return True
    lines = sorted(
        str(
            Difference(
                *(one["payer"], one["episode"], one["date"], ""),
                *(Cause(one["cause"]), Fraction(one["care_days"]), Decimal(one["amount"])),
            )
        )
        for one in changes
    )
    return closing.hash == content_hash([before.hash, *lines])
