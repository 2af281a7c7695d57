"""The backup of an installation and its restore: whole or not at all, and with delivery held (docs/backup.md)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from hemgang.errors import ConfigurationError
from hemgang.store import access_log, installation
from hemgang.store.backup.dump import write_backup
from hemgang.store.backup.format import Manifest
from hemgang.store.backup.restore import Proof, check_known, closings_proved, load, opened
from hemgang.store.database import Database, configuration, explained, open_database
from hemgang.store.tables import AccessRow

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A restored installation: what the backup was, and whether its closed months and access log hold together.

    `access_break` is the number of the first row of the access log that does not follow from the one before.
    """

    manifest: Manifest
    closings: Proof
    access_rows: int
    access_break: int | None


def back_up(url: str, path: Path, *, now: datetime, progress: Progress = lambda *_: None) -> Manifest:
    """Write the database at `url` to a new file; it may be in use, and is left as it is, also one of an older version.

    Raises:
        ConfigurationError: there is no such database, or it cannot be reached.
        BackupError, OSError: see `hemgang.store.backup.dump.write_backup`.
    """
    file = _sqlite_file(url)
    if file is not None and not file.exists():
        raise ConfigurationError(f"there is no database {file}")
    database = open_database(url)
    try:
        with explained(url):
            return write_backup(database, path, now=now, progress=progress)
    finally:
        database.close()


def verify(path: Path) -> Manifest:
    """Hold every part of a backup against its manifest, without a database, and return the manifest.

    Raises:
        BackupError: the file is no backup, or is damaged.
        OSError: the file cannot be read.
    """
    with opened(path) as backup:
        backup.verify()
        return backup.manifest


def restore(url: str, path: Path, *, by: str, now: datetime, progress: Progress = lambda *_: None) -> RestoreReport:
    """Load a backup into the empty database at `url`, bring it to this code's version, and hold its sending.

    All of it is one transaction, and the file is read to its end before the database is touched.

    Raises:
        BackupError: the file is no backup, is damaged, or comes from a newer hemgang.
        NotEmpty: the database has something in it.
        ConfigurationError: the database cannot be reached.
    """
    with opened(path) as backup:
        check_known(backup.manifest)
        backup.verify()
        with _database(url) as database, explained(url), database.writer.begin() as connection:
            load(connection, backup, progress=progress)
            command.upgrade(configuration(connection), "head")
            return _proved(connection, backup.manifest, by=by, now=now)


def _proved(connection: Connection, manifest: Manifest, *, by: str, now: datetime) -> RestoreReport:
    rows = {part.table: part.rows for part in manifest.parts}
    with Session(connection) as session:
        installation.hold_delivery(session, why=installation.HoldReason.RESTORED, by=by, now=now)
        session.flush()
        return RestoreReport(
            manifest=manifest,
            closings=closings_proved(session),
            access_rows=rows[str(AccessRow.__tablename__)],
            access_break=access_log.first_break(session),
        )


@contextmanager
def _database(url: str) -> Iterator[Database]:
    """Yield the database; a SQLite file that a restore made and did not finish is taken away again."""
    file = _sqlite_file(url)
    new = file is not None and not file.exists()
    database = open_database(url)
    try:
        yield database
    except BaseException:
        database.close()
        if new and file is not None:
            for left in (file, *(file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm"))):
                left.unlink(missing_ok=True)
        raise
    database.close()


def _sqlite_file(url: str) -> Path | None:
    """Return the file of an embedded database; None for another, and for a wrong URL, which opening it will say."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))
