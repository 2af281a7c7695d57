"""Opens the database for the doctor: for reading only, no file made, no table upgraded; and what it says of itself."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlmodel import create_engine

from hemgang import clock
from hemgang.doctor.database import DatabaseFacts
from hemgang.store.database import Database, reason_of
from hemgang.store.migrate import FOLDER

CONNECT_S = 5
NOT_UNDERSTOOD = "its URL is not understood"
_READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=30000"
_MAY_WRITE = text("SELECT has_table_privilege('message', 'INSERT') AND has_table_privilege('discharge', 'UPDATE')")


@contextmanager
def opened(url: str) -> Iterator[tuple[DatabaseFacts, Database | None]]:
    """Yield what is known of the database, and the database for reading, None where it cannot be read as it is."""
    try:
        parsed = make_url(url)
        engine = _engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        yield DatabaseFacts(trouble=NOT_UNDERSTOOD), None
        return
    if engine is None:
        yield DatabaseFacts(missing_file=True), None
        return
    try:
        facts = _facts(engine, parsed)
        yield facts, Database(url, engine, engine) if facts.readable else None
    finally:
        engine.dispose()


def _engine(parsed: URL) -> Engine | None:
    """Return an engine that only reads; None where it is a SQLite file that is not there."""
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "")
        if not file.is_file():
            return None
        return create_engine(f"sqlite:///file:{quote(str(file.absolute()))}?mode=ro&uri=true", hide_parameters=True)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    told = {"connect_timeout": CONNECT_S, "options": _READ_ONLY}
    return create_engine(parsed, hide_parameters=True, connect_args=told)


def _facts(engine: Engine, parsed: URL) -> DatabaseFacts:
    scripts = ScriptDirectory(str(FOLDER))
    known = frozenset(script.revision for script in scripts.walk_revisions())
    facts = DatabaseFacts(
        kind=engine.dialect.name,
        head=scripts.get_current_head() or "",
        known=known,
        virtual_clock=clock.is_virtual(),
    )
    try:
        with engine.connect() as connection:
            facts = replace(facts, revision=MigrationContext.configure(connection).get_current_revision())
            if facts.kind == "sqlite":
                return _of_sqlite(facts, Path(parsed.database or ""))
            return _of_postgresql(facts, connection)
    except SQLAlchemyError as failed:
        place = parsed.render_as_string(hide_password=True)
        return replace(facts, trouble=f"{place}: {reason_of(failed)}")


def _of_sqlite(facts: DatabaseFacts, file: Path) -> DatabaseFacts:
    refused = next((str(one) for one in (file, file.parent) if not os.access(one, os.W_OK)), "")
    return replace(
        facts, version=sqlite3.sqlite_version, read_only=f"{refused} may not be written to" if refused else ""
    )


def _of_postgresql(facts: DatabaseFacts, connection: Connection) -> DatabaseFacts:
    version = str(connection.execute(text("SHOW server_version")).scalar_one()).partition(" ")[0]
    began = clock.machine_now()
    told = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    here = began + (clock.machine_now() - began) / 2
    read_only = ""
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        read_only = "it is a standby"
    elif facts.revision is not None and not connection.execute(_MAY_WRITE).scalar_one():
        read_only = "this user may not write to the tables"
    return replace(facts, version=version, read_only=read_only, ahead_s=(told - here).total_seconds())
