"""Looks at the database over a connection of its own, which no fault meets: what is new, and when it has work to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_NEXT_TIMER = """
SELECT min(CASE WHEN lease_until IS NULL OR lease_until < next_wake THEN next_wake ELSE lease_until END)
FROM discharge WHERE next_wake IS NOT NULL
"""
_NEXT_ATTEMPT = """
SELECT min(max(next_attempt_at, coalesce(lease_until, ''))) FROM alert
WHERE state = 'pending' AND next_attempt_at IS NOT NULL
"""
WATCHED = """
CREATE TABLE reopened (what TEXT, was TEXT, became TEXT);
CREATE TRIGGER closed_alert AFTER UPDATE ON alert
WHEN OLD.state IN ('delivered', 'undelivered', 'dropped')
    AND (OLD.state, OLD.kind, OLD.bundle, OLD.strict_due) IS NOT (NEW.state, NEW.kind, NEW.bundle, NEW.strict_due)
BEGIN INSERT INTO reopened VALUES ('alert ' || OLD.reference, OLD.state, NEW.state); END;
CREATE TRIGGER done_rung AFTER UPDATE ON rung
BEGIN INSERT INTO reopened VALUES ('rung ' || OLD.key || ' ' || OLD.rung, OLD.outcome, NEW.outcome); END;
CREATE TRIGGER undone_rung AFTER DELETE ON rung
BEGIN INSERT INTO reopened VALUES ('rung ' || OLD.key || ' ' || OLD.rung, OLD.outcome, 'gone'); END;
"""
"""Written into the template: whatever changes a row that is closed leaves a mark."""


@dataclass
class Eye:
    """A connection that only reads, and how far each table has been seen."""

    connection: sqlite3.Connection
    _seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def on(cls, path: Path) -> "Eye":
        """Look at the database in a file."""
        connection = sqlite3.connect(path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return cls(connection)

    def next_timer(self) -> datetime | None:
        """Return when a discharge is due that nobody holds, or the lease on it runs out."""
        return instant(self.connection.execute(_NEXT_TIMER).fetchone()[0])

    def next_reference(self) -> str | None:
        """Return the reference of the discharge that is due next."""
        query = "SELECT reference FROM discharge WHERE next_wake IS NOT NULL ORDER BY next_wake LIMIT 1"
        row = self.connection.execute(query).fetchone()
        return None if row is None else str(row[0])

    def next_attempt(self) -> datetime | None:
        """Return when an alert is due for a try that nobody holds, or the lease on it runs out."""
        return instant(self.connection.execute(_NEXT_ATTEMPT).fetchone()[0])

    def fresh(self, table: str) -> Iterator[sqlite3.Row]:
        """Yield the rows of a table that came since the last look, in the order in which they came."""
        query = f"SELECT rowid AS number, * FROM {table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608  a name of ours
        for row in self.connection.execute(query, (self._seen.get(table, 0),)).fetchall():
            self._seen[table] = row["number"]
            yield row

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Return what a query finds."""
        return self.connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()


def watch_closed_rows(path: Path) -> None:
    """Let a database file note what changes a closed row."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(WATCHED)


def instant(text: str | None) -> datetime | None:
    """Return an instant as SQLite's columns hold it."""
    return None if not text else datetime.fromisoformat(text).replace(tzinfo=UTC)
