"""The doctor's checks of the database: reachable, which, writable, its version, its clock; opened for reading only."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlmodel import create_engine

from hemgang import clock
from hemgang.doctor.finding import Finding, duration_text, error, ok, warning
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.store.database import FOLDER, Database, reason_of

CLOCK_WARNING_S, CLOCK_ERROR_S = 5.0, 60.0
OLDEST_POSTGRESQL = 14
"""The oldest version whose faults its makers still mend, as of 2026."""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What was seen of the database.

    `trouble`: why it cannot be reached, "" if it can; then nothing else is known. `kind`: sqlite or postgresql.
    `revision`: the tables' version, None where there are no tables; `head`: the version that this code needs;
    `known`: every version this code knows. `ahead_s`: seconds by which the database's clock is ahead of this machine's,
    None where both are one. `read_only`: why nothing can be written, "" if it can.
    """

    trouble: Phrase | str = ""
    missing_file: bool = False
    kind: str = ""
    version: str = ""
    read_only: Phrase | str = ""
    revision: str | None = None
    head: str = ""
    known: frozenset[str] = frozenset()
    ahead_s: float | None = None
    virtual_clock: bool = False

    @property
    def readable(self) -> bool:
        """Whether the tables are those that this code reads."""
        return not self.trouble and self.revision is not None and self.revision == self.head


def judge_database(facts: DatabaseFacts) -> Iterator[Finding]:
    """Yield what is to be said of the database."""
    if facts.missing_file:
        yield warning("database", phrase("doctor.found.no_database"), phrase("doctor.do.make_database"))
        return
    if facts.trouble:
        yield error("database", facts.trouble, phrase("doctor.do.see_database"))
        return
    yield _kind(facts)
    if facts.read_only:
        yield error("database writable", facts.read_only, phrase("doctor.do.grant_writing"))
    else:
        yield ok("database writable", phrase("doctor.found.writable"))
    yield _tables(facts)
    yield _clock(facts)


def _kind(facts: DatabaseFacts) -> Finding:
    if facts.kind == "sqlite":
        return ok("database", phrase("doctor.found.sqlite", version=facts.version))
    found = phrase("doctor.found.postgresql", version=facts.version)
    if _major(facts.version) < OLDEST_POSTGRESQL:
        return warning("database", found, phrase("doctor.do.upgrade_postgresql", version=OLDEST_POSTGRESQL))
    return ok("database", found)


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() else OLDEST_POSTGRESQL


def _tables(facts: DatabaseFacts) -> Finding:
    if facts.revision is None:
        return warning("tables", phrase("doctor.found.no_tables"), phrase("doctor.do.make_tables"))
    if facts.revision == facts.head:
        return ok("tables", phrase("doctor.found.version", version=facts.revision))
    if facts.revision in facts.known:
        found = phrase("doctor.found.older_version", version=facts.revision, head=facts.head)
        return warning("tables", found, phrase("doctor.do.let_upgrade"))
    found = phrase("doctor.found.newer_version", version=facts.revision)
    return error("tables", found, phrase("doctor.do.upgrade_hemgang_here"))


def _clock(facts: DatabaseFacts) -> Finding:
    if facts.virtual_clock:
        return warning("clock", phrase("doctor.found.virtual_clock"), phrase("doctor.do.unset_clock"))
    if facts.ahead_s is None:
        return ok("clock", phrase("doctor.found.one_clock"))
    apart = abs(facts.ahead_s)
    where = "ahead" if facts.ahead_s > 0 else "behind"
    found = phrase(f"doctor.found.clock_{where}", apart=duration_text(apart))
    do = phrase("doctor.do.keep_time")
    if apart > CLOCK_ERROR_S:
        return error("clock", found, do)
    if apart > CLOCK_WARNING_S:
        return warning("clock", found, do)
    return ok("clock", phrase("doctor.found.clocks_apart", seconds=f"{apart:.1f}"))


CONNECT_S = 5
NOT_UNDERSTOOD = phrase("doctor.found.url_not_understood")
_READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=30000"
_MAY_WRITE = text("SELECT has_table_privilege('message', 'INSERT') AND has_table_privilege('discharge', 'UPDATE')")


@contextmanager
def open_read_only(url: str) -> Iterator[tuple[DatabaseFacts, Database | None]]:
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
        facts,
        version=sqlite3.sqlite_version,
        read_only=phrase("doctor.found.not_writable", place=refused) if refused else "",
    )


def _of_postgresql(facts: DatabaseFacts, connection: Connection) -> DatabaseFacts:
    version = str(connection.execute(text("SHOW server_version")).scalar_one()).partition(" ")[0]
    began = clock.machine_now()
    told = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    here = began + (clock.machine_now() - began) / 2
    read_only: Phrase | str = ""
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        read_only = phrase("doctor.found.standby")
    elif facts.revision is not None and not connection.execute(_MAY_WRITE).scalar_one():
        read_only = phrase("doctor.found.no_right_to_write")
    return replace(facts, version=version, read_only=read_only, ahead_s=(told - here).total_seconds())
