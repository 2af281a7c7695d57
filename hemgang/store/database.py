"""Opens the database: one URL, two kinds of session, migrations on request."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlmodel import Session, create_engine

from hemgang.errors import ConfigurationError

BUSY_TIMEOUT_MS = 60_000
CONNECT_TIMEOUT_S = 10
FULL = "the disk is full; make room and give the command again: nothing is stored twice"
_BEGIN = "hemgang_begin"
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_PRIMARY_CODE = 0xFF
"""What is left of an extended SQLite error code is its kind (sqlite.org/rescode.html)."""
_DISK_FULL = "53100"
"""PostgreSQL's SQLSTATE `disk_full`."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database: `reading()` and `writing()` give sessions, each one transaction."""

    url: str
    engine: Engine
    writer: Engine

    @property
    def reader(self) -> Engine:
        """The engine whose transactions see one snapshot: SQLite's always do, PostgreSQL's when asked to."""
        return self.engine if self.is_sqlite else self.engine.execution_options(**_ONE_SNAPSHOT)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session on one snapshot, that of its first statement; on PostgreSQL it refuses to write.

        Leave it before computing at length: a snapshot held open keeps the database from clearing away old rows.
        """
        with Session(self.reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session whose changes are committed together at the end, or not at all.

        On SQLite the transaction takes the write lock at its start (`BEGIN IMMEDIATE`), so two writers wait for
        each other instead of failing halfway.
        """
        with Session(self.writer) as session, session.begin():
            yield session

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open the database at `url` (`sqlite:///…` or `postgresql://…`).

    Raises:
        ConfigurationError: for a URL that cannot be used, without repeating its password.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and _names_a_file(str(parsed.database or "")):
            _make(Path(str(parsed.database)))
        engine = create_engine(
            parsed,
            hide_parameters=True,
            pool_pre_ping=parsed.get_backend_name() != "sqlite",
            connect_args=_patience(parsed),
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            "database URL not understood; use sqlite:///path/to/file.db or postgresql://user@host/name"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Database(url, engine, engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}))


def _names_a_file(database: str) -> bool:
    return database not in {"", ":memory:"} and not database.startswith("file:")


def _make(file: Path) -> None:
    """Make a file that only its owner reads; what SQLite lays beside it gets the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # what is wrong with the place is said when it is opened
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _patience(url: URL) -> dict[str, int]:
    """Return how long a server may take to answer a call, unless the URL says so itself; else it would be for ever."""
    asked = url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query
    return {"connect_timeout": CONNECT_TIMEOUT_S} if asked else {}


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn a database that cannot be reached into one line for the user.

    Raises:
        ConfigurationError: with the place, never the password.
    """
    try:
        yield
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError}:
            raise
        place = make_url(url).render_as_string(hide_password=True)
        raise ConfigurationError(f"database {place}: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """Return in one line why a database failed, without the values it was given; a full disk says what to do."""
    said = getattr(error, "orig", None)
    code = getattr(said, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code == sqlite3.SQLITE_FULL or getattr(said, "sqlstate", None) == _DISK_FULL:
        return FULL
    lines = str(said or type(error).__name__).strip().splitlines()
    first = lines[0] if lines else type(error).__name__
    return f"{first}; the disk may be full" if code == sqlite3.SQLITE_IOERR else first


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
