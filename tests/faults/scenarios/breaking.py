"""Lets the n-th statement, commit or sending fail: only that one, or every one from there on until healed."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any

from hemgang.store.database import Database

STATEMENTS = ("do_execute", "do_executemany", "do_execute_no_params")


class Operation(StrEnum):
    """What can fail."""

    STATEMENT = "statement"
    COMMIT = "commit"
    SEND = "send"


class Way(StrEnum):
    """How it fails: before anything was done, or after all was done and only the answer was lost, or with a bang."""

    BEFORE = "before"
    AFTER = "after"
    RAISED = "raised"


@dataclass(frozen=True, slots=True)
class Fault:
    """Number `number` (from 1) of an operation fails in a way; `sticky`: and every later one until healed."""

    operation: Operation
    way: Way
    number: int
    sticky: bool

    def __str__(self) -> str:
        """Say which fault it is, so that it can be made again."""
        span = "and all after" if self.sticky else "alone"
        return f"{self.operation} {self.number} {self.way} {span}"


class ChannelBroke(Exception):
    """A sender that breaks off with an error of its own."""


@dataclass
class Breaker:
    """Counts operations and says which of them are to fail; `hits` counts those that did."""

    fault: Fault | None = None
    counts: Counter[Operation] = field(default_factory=Counter)
    hits: int = 0
    healed: bool = False
    lock: Lock = field(default_factory=Lock)

    def strikes(self, operation: Operation) -> Way | None:
        """Count one operation and return how it fails, None if it does not."""
        with self.lock:
            self.counts[operation] += 1
            fault = self.fault
            if fault is None or self.healed or fault.operation is not operation:
                return None
            count = self.counts[operation]
            if count != fault.number and not (fault.sticky and count > fault.number):
                return None
            self.hits += 1
            return fault.way


@contextmanager
def breakable(database: Database, breaker: Breaker) -> Iterator[None]:
    """Let the statements and commits of a database fail as the breaker says, until the block ends.

    The driver's own error is raised where the driver raises it, so that everything above it does what it would do.
    On PostgreSQL the connection is gone after it.
    """
    dialect = database.engine.dialect
    replaced = {name: getattr(dialect, name) for name in (*STATEMENTS, "do_commit")}
    for name in STATEMENTS:
        setattr(dialect, name, _statement(database, breaker, replaced[name]))
    dialect.do_commit = _commit(database, breaker, replaced["do_commit"])  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name in replaced:
            delattr(dialect, name)


def _statement(database: Database, breaker: Breaker, real: Callable[..., Any]) -> Callable[..., Any]:
    def execute(cursor: Any, *given: Any, **more: Any) -> Any:
        way = breaker.strikes(Operation.STATEMENT)
        if way is Way.BEFORE:
            raise _lost(database, cursor.connection)
        result = real(cursor, *given, **more)
        if way is not None:
            raise _lost(database, cursor.connection)
        return result

    return execute


def _commit(database: Database, breaker: Breaker, real: Callable[..., Any]) -> Callable[..., Any]:
    def commit(connection: Any) -> None:
        way = breaker.strikes(Operation.COMMIT)
        if way is Way.BEFORE:
            raise _lost(database, connection)
        real(connection)
        if way is not None:
            raise _lost(database, connection)

    return commit


def _lost(database: Database, connection: Any) -> Exception:
    """Return the driver's error; what was not committed is undone, as the server does when a connection is gone."""
    driver: Any = database.engine.dialect.dbapi
    if database.is_sqlite:
        return driver.OperationalError("disk I/O error")  # type: ignore[no-any-return]
    raw = getattr(connection, "driver_connection", connection)
    raw.rollback()
    raw.close()
    return driver.OperationalError("server closed the connection unexpectedly")  # type: ignore[no-any-return]
