"""What the installation keeps of itself: processes that start at the same moment agree, and none of them fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from hemgang.store import pulses, sending
from hemgang.store.database import Database
from hemgang.store.settings import put, reference_secret

NOW = datetime(2023, 3, 1, 12, tzinfo=UTC)
AT_ONCE = 6


def test_engines_that_start_at_once_have_one_secret_and_all_keep_their_marks(database: Database) -> None:
    ready = Barrier(AT_ONCE)

    def start(number: int) -> bytes:
        ready.wait()
        with database.writing() as session:
            secret = reference_secret(session)
            put(session, "origin", "here")
            pulses.beat(session, "watch", now=NOW, host=f"host-{number}")
            sending.hold(session, why="by_hand", by="Bo", now=NOW)
        return secret

    with ThreadPoolExecutor(AT_ONCE) as engines:
        secrets = set(engines.map(start, range(AT_ONCE)))
    assert len(secrets) == 1
    with database.reading() as session:
        assert pulses.pulses(session)["watch"].count == AT_ONCE
        assert sending.state(session).held


def test_what_was_kept_is_overwritten_and_read_at_once(database: Database) -> None:
    with database.writing() as session:
        sending.hold(session, why="by_hand", by="Bo", now=NOW)
        assert sending.state(session).held
        sending.release(session, by="Bo", now=NOW)
        assert not sending.state(session).held
