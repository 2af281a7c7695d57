"""What the installation keeps of itself: processes that start at the same moment agree, and none of them fails."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

from sqlalchemy import event, text

from hemgang.store import installation, monitoring
from hemgang.store.database import Database, open_database
from hemgang.store.installation import put_setting, reference_secret

NOW = datetime(2023, 3, 1, 12, tzinfo=UTC)
AT_ONCE = 6


def test_engines_that_start_at_once_have_one_secret_and_all_keep_their_marks(database: Database) -> None:
    ready = Barrier(AT_ONCE)

    def start(number: int) -> bytes:
        ready.wait()
        with database.writing() as session:
            secret = reference_secret(session)
            put_setting(session, "origin", "here")
            monitoring.record_heartbeat(session, "watch", now=NOW, host=f"host-{number}")
            installation.hold_delivery(session, why="by_hand", by="Bo", now=NOW)
        return secret

    with ThreadPoolExecutor(AT_ONCE) as engines:
        secrets = set(engines.map(start, range(AT_ONCE)))
    assert len(secrets) == 1
    with database.reading() as session:
        assert monitoring.heartbeats(session)["watch"].count == AT_ONCE
        assert installation.delivery_hold(session).held


def test_what_was_kept_is_overwritten_and_read_at_once(database: Database) -> None:
    with database.writing() as session:
        installation.hold_delivery(session, why="by_hand", by="Bo", now=NOW)
        assert installation.delivery_hold(session).held
        installation.release_delivery(session, by="Bo", now=NOW)
        assert not installation.delivery_hold(session).held


def test_a_file_that_another_is_just_writing_to_is_opened_once_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        seen: list[str] = []

        def let_go_once_refused(statement: str) -> None:
            if any("journal_mode" in before for before in seen) and other.in_transaction:
                other.execute("ROLLBACK")
            seen.append(statement)

        opened = open_database(f"sqlite:///{file}")
        event.listen(
            opened.engine, "connect", lambda made, _: made.set_trace_callback(let_go_once_refused), insert=True
        )
        with opened.engine.connect() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        opened.close()
    assert sum("journal_mode = WAL" in statement for statement in seen) == 2
