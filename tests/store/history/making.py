"""Makes what is kept of an older version: a golden database, and every statement a worker of it issues.

Run once, with the code of that version and PostgreSQL at hand, in a checkout of it that has this folder:
`python -m tests.store.history.making FOLDER`; see the README beside it.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from alembic import command
from sqlalchemy import event, text

from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store import leases
from hemgang.store.database import Database, configuration, open_database, upgrade
from hemgang.store.tables import DischargeRow
from tests.postgresql import start_postgresql
from tests.services.post import Post, post_office, small_directory
from tests.services.walking import advance_all, send_all, take
from tests.store.history.populating import close_months, fill, leave_traces, rules_of, stay

CLOSED_BY_ONE = (
    "INSERT INTO closing (region, month, payer, version, status, hash, as_of, closed_at, closed_by, decision, body) "
    "VALUES ('23', '2022-12', '', 1, 'closed', 'h', '2023-01-10 12:00:00', '2023-01-10 12:00:00', 'anna', '', '{}')"
)
"""From when one name was enough; no version since takes it."""

ADMITTED_AT = datetime(2023, 3, 1, 7, tzinfo=UTC)


def golden(path: Path) -> None:
    """Make a populated SQLite database of this version, which began as one of the first version."""
    database = open_database(f"sqlite:///{path}")
    with database.writer.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        connection.execute(text(CLOSED_BY_ONE))
    upgrade(database)
    with TemporaryDirectory() as folder, post_office() as post:
        fill(database, rules_of(Path(folder), post), post)
    database.close()


def work(database: Database, rules: ReferenceData, post: Post) -> None:
    """Do everything that a worker does, once: ingest, claim, advance, deliver, acknowledge, review, close, restate."""
    first = {"region": "23", "municipality": "2380", "care": "somatic", "clinic": "ward-1"}
    admitted = {"id": "a-1", "episode": "a", "type": "admitted", "at": ADMITTED_AT.isoformat(), **first}
    take(database, admitted, {"id": "a-2"}, "no message", now=ADMITTED_AT)
    take(database, admitted, now=ADMITTED_AT)
    post.refusing = {"ward"}
    for hours in (0, 20, 24, 48):
        now = ADMITTED_AT + timedelta(hours=hours)
        advance_all(database, rules, now)
        send_all(database, rules, now)
        post.refusing = set()
    take(database, *stay("b"), now=ADMITTED_AT + timedelta(days=20))
    advance_all(database, rules, ADMITTED_AT + timedelta(days=20))
    close_months(database, rules)
    leave_traces(database)
    with database.writing() as session:
        leases.release_all_of(session, "a worker", of=(DischargeRow,))


@contextmanager
def statements(database: Database) -> Iterator[list[Any]]:
    """Yield a list that grows by every statement: its text, its parameters, and how many rows it was about (-1: open).

    A commit is None.
    """
    told: list[Any] = []

    def keep(_: object, cursor: Any, statement: str, parameters: Any, *__: object) -> None:
        if not statement.startswith("BEGIN"):
            told.append([statement, _plain(parameters), cursor.rowcount])

    def commit(_: object) -> None:
        told.append(None)

    event.listen(database.engine, "after_cursor_execute", keep)
    event.listen(database.engine, "commit", commit)
    yield told
    event.remove(database.engine, "after_cursor_execute", keep)
    event.remove(database.engine, "commit", commit)


def record(url: str, path: Path) -> None:
    """Write down what a worker does on an empty database: a line of texts, then a line a statement."""
    database = open_database(url)
    upgrade(database)
    with TemporaryDirectory() as folder, post_office() as post, statements(database) as told:
        work(database, load_reference_data(directory=small_directory(Path(folder), post.port)), post)
    database.close()
    texts = sorted({one[0] for one in told if one is not None})
    lines = [None if one is None else [texts.index(one[0]), *one[1:]] for one in told]
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in (texts, *lines)), encoding="utf-8")


def main(folder: Path) -> None:
    """Make all of it."""
    golden(folder / "golden.db")
    record(f"sqlite:///{folder / 'worker.db'}", folder / "worker-sqlite.ndjson")
    server = start_postgresql(Path(mkdtemp(prefix="hemgang-postgresql-")))
    try:
        record(server.get_uri().replace("postgresql://", "postgresql+psycopg://"), folder / "worker-postgresql.ndjson")
    finally:
        server.cleanup()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, dict):
        return {"row": {name: _plain(one) for name, one in value.items()}}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
