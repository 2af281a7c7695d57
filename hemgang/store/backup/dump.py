"""Writes a backup: every table, read in one view of the database, row by row, into a file that is whole or not there.

The file is as secret as the database: only its owner may read it.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Table, select

from hemgang import __version__
from hemgang.store.backup import format as told
from hemgang.store.backup.format import (
    BackupError,
    Manifest,
    Part,
    columns_at,
    line_of,
    revision_of,
    revisions,
    tables_of,
)
from hemgang.store.database import Database

ROWS_AT_ONCE = 2_000
LEVEL = 3
"""Of compression: level 6 makes the file a tenth smaller and takes twice as long."""

OWNER_ONLY = 0o600

Progress = Callable[[str, int], None]
"""Told the table and how many rows of it have gone by."""


def write_backup(database: Database, path: Path, *, now: datetime, progress: Progress = lambda *_: None) -> Manifest:
    """Write the whole store to a new file; while it is written it is called `path` with `.part` at the end.

    The database may be of an older version than this code, and is not upgraded; it may be in use.

    Raises:
        BackupError: the file is there already, another backup to it is under way, or there is nothing to back up.
        OSError: the file cannot be written; nothing of it is left.
    """
    if path.exists():
        raise BackupError(f"{path} is there already; a backup is never written over")
    with _view(database) as connection, _whole_or_not_at_all(path) as file:
        revision = _known_revision(connection)
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            parts = []
            for table in tables_of(connection, revision):
                columns = columns_at(revision)[table.name]
                with archive.open(_member(told.part_name(table.name), now), "w", force_zip64=True) as member:
                    parts.append(_write_table(connection, table, columns, member, progress))
            made = Manifest(now, revision, __version__, database.engine.dialect.name, tuple(parts))
            archive.writestr(_member(told.NAME, now), told.as_text(made))
    return made


def _write_table(
    connection: Connection, table: Table, columns: tuple[str, ...], member: IO[bytes], progress: Progress
) -> Part:
    """Write one table in the order of its key."""
    query = select(*(table.columns[name] for name in columns)).order_by(*table.primary_key.columns)
    digest, rows = hashlib.sha256(), 0
    for some in connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}).partitions():
        text = b"".join(line_of(row) for row in some)
        digest.update(text)
        member.write(text)
        rows += len(some)
        progress(table.name, rows)
    return Part(table.name, columns, rows, digest.hexdigest())


def _known_revision(connection: Connection) -> str:
    revision = revision_of(connection)
    if revision is None:
        raise BackupError("the database has no tables of hemgang: there is nothing to back up")
    if revision not in revisions():
        raise BackupError(f"the database is at version {revision}, which this hemgang does not know: upgrade hemgang")
    return revision


@contextmanager
def _view(database: Database) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, whatever others write meanwhile, and writes nothing."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


@contextmanager
def _whole_or_not_at_all(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that gets its name once it is written to its end and lies on the disk."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(_made(part, path), "wb") as file:
        if not _locked(file, part):
            raise BackupError(f"another backup to {path} is under way")
        try:
            os.fchmod(file.fileno(), OWNER_ONLY)
            file.truncate()  # what a backup that was killed had left
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _made(part: Path, path: Path) -> int:
    """Open the unfinished file; where that fails, the one that was asked for is named."""
    try:
        return os.open(part, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _locked(file: IO[bytes], part: Path) -> bool:
    """Take the file for this process alone; whether it was free, and still has its name."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _member(name: str, now: datetime) -> ZipInfo:
    member = ZipInfo(name, now.timetuple()[:6])
    member.compress_type = ZIP_DEFLATED
    member.external_attr = OWNER_ONLY << 16
    return member
