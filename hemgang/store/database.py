"""The database: opened by URL with sessions for reading and writing, brought to this code's tables, locked by name.

A database that is not hemgang's, or of a newer version, is refused. Locks by name are for what must be read and then
written by one at a time and has no row to lock yet.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session, create_engine

from hemgang.errors import ConfigurationError
from hemgang.store.tables import DischargeRow, MessageRow

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
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    while not _in_wal(cursor):
        cursor.execute("BEGIN EXCLUSIVE")
        cursor.execute("ROLLBACK")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _in_wal(cursor: sqlite3.Cursor) -> bool:
    """Change to write-ahead logging; False where another connection holds a lock.

    SQLite refuses that change at once, whatever `busy_timeout` says; beginning a transaction does wait.
    """
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


FOLDER = Path(__file__).parent / "migrations"


OURS = frozenset({str(MessageRow.__tablename__), str(DischargeRow.__tablename__)})
"""Tables that every version has: a database with tables, but without these, is another program's."""


def is_outage(error: BaseException) -> bool:
    """Whether an error is the database's own (away, busy, full, other tables), and not of the values in one row."""
    own = isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError)
    return own or isinstance(error, PoolTimeoutError)


def upgrade(database: Database) -> None:
    """Create or upgrade the tables; a database that is up to date is left as it is.

    Raises:
        ConfigurationError: if the database cannot be reached or written to, was written by a newer hemgang, or is
            another program's.
    """
    scripts = ScriptDirectory(str(FOLDER))
    with explained(database.url), database.engine.connect() as looking:
        current = MigrationContext.configure(looking).get_current_revision()
        head = scripts.get_current_head()
        if current == head:
            return
        _refuse_what_is_not_ours(looking, database, current)
        if not database.is_sqlite and looking.execute(text("SHOW transaction_read_only")).scalar_one() == "on":
            found = "has no tables" if current is None else f"is at version {current}, this hemgang needs {head},"
            raise ConfigurationError(f"{_place(database.url)} {found} and may only be read: let hemgang write to it")
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigurationError(
            f"the database is at version {current}, which this hemgang does not know: upgrade hemgang"
        )
    with database.writer.begin() as connection:
        alone(connection, "migrate")
        command.upgrade(configuration(connection), "head")


def refuse_missing(url: str) -> None:
    """Refuse a SQLite file that is not there, without making it.

    Raises:
        ConfigurationError: it is not there.
    """
    file = _file(url)
    if file is not None and not file.exists():
        raise ConfigurationError(f"there is no database {file}: look at its name; `hemgang ingest` makes one")


def refuse_empty(database: Database) -> None:
    """Refuse a database without tables.

    Raises:
        ConfigurationError: nothing was ever stored in it by hemgang, or it cannot be reached.
    """
    with explained(database.url), database.engine.connect() as looking:
        if MigrationContext.configure(looking).get_current_revision() is None:
            _refuse_what_is_not_ours(looking, database, None)
            place = _place(database.url)
            raise ConfigurationError(f"{place} has no tables: look at its name; `hemgang ingest` makes them")


def refuse_unwritable(url: str) -> None:
    """Refuse a SQLite file that cannot be written to: SQLite writes beside it for readers too.

    Raises:
        ConfigurationError: the file or its folder is read-only to this user.
    """
    file = _file(url)
    for one in (file, file.parent) if file is not None and file.is_file() else ():
        if not os.access(one, os.W_OK):
            raise ConfigurationError(
                f"database {file}: {one} may not be written to, which SQLite needs for reading too; run it as its owner"
            )


def _refuse_what_is_not_ours(connection: Connection, database: Database, current: str | None) -> None:
    tables = set(inspect(connection).get_table_names())
    if tables and not (tables >= OURS if current is not None else tables <= {"alembic_version"}):
        raise ConfigurationError(f"{_place(database.url)} is another program's: it holds tables that are not hemgang's")


def _place(url: str) -> str:
    return f"database {make_url(url).render_as_string(hide_password=True)}"


def _file(url: str) -> Path | None:
    """Return the file of an embedded database; None for another, and for a wrong URL, which opening it will say."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    named = str(parsed.database or "")
    if parsed.get_backend_name() != "sqlite" or named in {"", ":memory:"} or named.startswith("file:"):
        return None
    return Path(named)


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for one connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def alone(session: Session | Connection, name: str) -> None:
    """Wait until no other transaction holds `name`, and hold it until this one ends.

    Needs a writing transaction: on SQLite that is the lock already, on PostgreSQL an advisory lock is taken.
    """
    bound = session if isinstance(session, Connection) else session.connection()
    if bound.dialect.name == "postgresql":
        bound.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(name)})


def lock_free(session: Session, kind: str, names: Iterable[str]) -> list[str]:
    """Lock those of `names` that no other transaction holds, until this one ends, and return them; never waits.

    Needs a writing transaction: on SQLite that locks all of them. What is asked afterwards, in a statement of its own,
    sees all that the holders before have committed.
    """
    wanted = sorted(set(names))
    if session.get_bind().dialect.name != "postgresql" or not wanted:
        return wanted
    keys = [_key(f"{kind}/{name}") for name in wanted]
    return list(session.scalars(_LOCK_FREE, {"names": wanted, "keys": keys}))


_LOCK_FREE = text(
    "SELECT name FROM unnest(CAST(:names AS text[]), CAST(:keys AS bigint[])) AS wanted (name, key)"
    " WHERE pg_try_advisory_xact_lock(key)"
)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
