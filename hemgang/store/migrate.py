"""Brings the tables to the version this code needs, with Alembic, and refuses a database that is not hemgang's."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from hemgang.errors import ConfigurationError
from hemgang.store.database import Database, explained
from hemgang.store.locks import alone
from hemgang.store.tables import DischargeRow, MessageRow

FOLDER = Path(__file__).parent / "migrations"


OURS = frozenset({str(MessageRow.__tablename__), str(DischargeRow.__tablename__)})
"""Tables that every version has: a database with tables, but without these, is another program's."""


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
