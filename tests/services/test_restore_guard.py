"""A database that was restored, copied or moved: told from one that stood still, and nothing is sent until released."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from hemgang.services.deliver import Sender, deliver
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.services.restore_guard import (
    TOLERANCE,
    UNREADABLE,
    MachineState,
    clear_journal,
    clock_is_behind,
    detect_restore,
    journal_delivered,
    journal_entries,
)
from hemgang.store import installation, monitoring
from hemgang.store.database import Database, open_database, upgrade
from hemgang.store.tables import HeartbeatRow
from tests.services.post import Post, post_office, small_directory
from tests.services.walking import advance_all, take

START = datetime(2023, 3, 1, 7, tzinfo=UTC)
FIRST_RUNG = START + timedelta(hours=20)
ADMITTED = {"type": "admitted", "at": START.isoformat(), "region": "23", "municipality": "2380"}


@pytest.fixture
def post() -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def served(post: Post, tmp_path: Path) -> ReferenceData:
    return load_reference_data(directory=small_directory(tmp_path, post.port))


@pytest.fixture
def state(tmp_path: Path) -> MachineState:
    return MachineState(tmp_path / "state")


def reminded(database: Database, rules: ReferenceData, episode: str = "e1") -> None:
    """Bring a stay to its first reminder."""
    take(database, ADMITTED | {"id": episode, "episode": episode, "care": "somatic", "clinic": "ward-1"}, now=START)
    advance_all(database, rules, START)
    advance_all(database, rules, FIRST_RUNG)


def sweep(database: Database, at: datetime) -> None:
    with database.writing() as session:
        monitoring.record_heartbeat(session, "watch", now=at, host="here")


def held(database: Database) -> str:
    with database.reading() as session:
        found = installation.delivery_hold(session)
    return found.why if found.held else ""


def copied(database: Database, folder: Path, name: str) -> Database:
    """Return a copy of a database, as a backup that is brought in elsewhere makes one."""
    if database.is_sqlite:
        database.close()
        target = folder / f"{name}.db"
        shutil.copy(str(database.engine.url.database), target)
        return open_database(f"sqlite:///{target}")
    source = str(database.engine.url.database)
    database.close()
    administrator = open_database(database.engine.url.set(database="postgres").render_as_string(hide_password=False))
    with administrator.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {source}_{name} TEMPLATE {source}"))
    administrator.close()
    return open_database(database.engine.url.set(database=f"{source}_{name}").render_as_string(hide_password=False))


def test_held_nothing_is_sent_and_released_everything_is(database: Database, served: ReferenceData, post: Post) -> None:
    reminded(database, served)
    with database.writing() as session:
        installation.hold_delivery(session, why="by_hand", by="Bo", now=FIRST_RUNG)
    assert deliver(database, served, now=FIRST_RUNG).alerts == 0
    assert post.mails == []
    with database.writing() as session:
        installation.release_delivery(session, by="Bo", now=FIRST_RUNG)
    assert deliver(database, served, now=FIRST_RUNG).delivered == 1


def test_a_database_that_only_stood_still_for_days_goes_on(database: Database, state: MachineState) -> None:
    assert detect_restore(database, state, now=START) == ""
    sweep(database, START)
    assert detect_restore(database, state, now=START) == ""
    assert detect_restore(database, state, now=START + timedelta(days=3)) == ""
    assert held(database) == ""


def test_restored_to_yesterday_on_the_machine_that_ran_it(
    database: Database, state: MachineState, tmp_path: Path
) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    backup = copied(database, tmp_path, "backup")
    for hours in range(1, 25):
        sweep(database, START + timedelta(hours=hours))
    detect_restore(database, state, now=START + timedelta(days=1))
    now = START + timedelta(days=1, minutes=5)
    assert detect_restore(backup, state, now=now) == "the database is older than this machine has seen it"
    assert held(backup) == "looks_restored"
    assert held(database) == ""
    with backup.writing() as session:
        installation.release_delivery(session, by="Bo", now=now)
    assert detect_restore(backup, state, now=now) == ""  # asked once: a release lasts
    assert held(backup) == ""
    backup.close()


def test_brought_in_on_a_machine_that_never_saw_it(database: Database, state: MachineState, tmp_path: Path) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    elsewhere = MachineState(tmp_path / "another-machine")
    copy = copied(database, tmp_path, "moved")
    now = START + timedelta(days=1)
    assert detect_restore(copy, elsewhere, now=now) == "the database was copied or loaded from a backup"
    assert held(copy) == "looks_restored"
    copy.close()


def test_moved_with_nothing_lost_goes_on_where_this_can_be_known(
    database: Database, state: MachineState, tmp_path: Path
) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    copy = copied(database, tmp_path, "moved")
    assert detect_restore(copy, state, now=START + timedelta(hours=2)) == ""
    copy.close()


def test_a_standby_that_lost_the_last_minutes_goes_on(database: Database, state: MachineState, tmp_path: Path) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    standby = copied(database, tmp_path, "standby")
    sweep(database, START + TOLERANCE)
    detect_restore(database, state, now=START + TOLERANCE)
    why = detect_restore(standby, state, now=START + TOLERANCE)
    assert bool(why) == database.is_sqlite  # a file has no standby: an older one was put there by somebody
    standby.close()


def test_what_the_journal_says_was_delivered_is_not_sent_again(
    database: Database, served: ReferenceData, post: Post, state: MachineState, tmp_path: Path
) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    reminded(database, served)
    backup = copied(database, tmp_path, "backup")
    sender = Sender(journal=state.journal)
    assert deliver(database, served, now=FIRST_RUNG, sender=sender).delivered == 1
    sweep(database, FIRST_RUNG)
    detect_restore(database, state, now=FIRST_RUNG)
    now = FIRST_RUNG + timedelta(minutes=10)
    assert detect_restore(backup, state, now=now)
    reminded(backup, served, "e2")  # what came after the backup is fed again
    with backup.writing() as session:
        installation.release_delivery(session, by="Bo", now=now)
    assert deliver(backup, served, now=now, sender=sender).alerts == 1
    with backup.reading() as session:
        rows = session.execute(text("SELECT episode, state, reason FROM alert WHERE rung = 'owner' ORDER BY episode"))
        assert [tuple(row) for row in rows] == [
            ("e1", "delivered", "sent before the restore"),
            ("e2", "delivered", ""),
        ]
    assert [len(mail.references) for mail in post.mails] == [1, 1]
    backup.close()


DAMAGED = [b"", b"{}", b"[]", b"\xff\x00", b'{"count": 3, "at"', b'{"count": 3, "at": "2023-03-01T07:00:00"}']


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_state_is_told_and_set_aside_and_holds_nothing_up(
    database: Database, state: MachineState, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    (file,) = state.folder.glob("seen-*.json")
    file.write_bytes(content)
    told: list[str] = []
    for _ in range(2):
        assert detect_restore(database, state, now=START, tell=lambda: told.append("operator")) == ""
    assert told == ["operator"]
    assert "cannot be read or kept" in caplog.text
    assert held(database) == ""
    assert file.with_name(file.name + UNREADABLE).read_bytes() == content
    assert state.seen(file.stem.removeprefix("seen-")).count == 1


@pytest.mark.parametrize("content", [b"", None])
def test_a_restore_is_noticed_though_the_state_is_damaged_or_lost(
    database: Database, state: MachineState, content: bytes | None, tmp_path: Path
) -> None:
    sweep(database, START)
    detect_restore(database, state, now=START)
    (file,) = state.folder.glob("seen-*.json")
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    journal_delivered(state.journal, ["AAAA-BBBB-CCCC"], now=FIRST_RUNG)
    why = detect_restore(database, state, now=FIRST_RUNG)
    assert why == "the database is older than the last delivery from this machine"
    assert held(database) == "looks_restored"


def test_a_state_that_cannot_be_kept_is_told_and_holds_nothing_up(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    told: list[str] = []
    state = MachineState(tmp_path / "file" / "state")  # its folder cannot be made
    assert detect_restore(database, state, now=START, tell=lambda: told.append("operator")) == ""
    assert told == ["operator"]


def test_a_journal_that_cannot_be_read_does_not_keep_a_restored_database_from_being_held(
    database: Database, state: MachineState
) -> None:
    for hours in range(3):
        sweep(database, START + timedelta(hours=hours))
    detect_restore(database, state, now=START + timedelta(hours=2))
    (state.journal / "2023-03-01.sent").mkdir(parents=True)
    with database.writing() as session:
        session.execute(update(HeartbeatRow).values(count=1, at=START))
    told: list[str] = []
    assert detect_restore(database, state, now=START + timedelta(hours=2), tell=lambda: told.append("operator"))
    assert held(database) == "looks_restored"
    assert told == ["operator"]


def test_a_journal_cut_off_by_a_crash_is_read_to_there(tmp_path: Path) -> None:
    journal_delivered(tmp_path, ["AAAA-BBBB-CCCC", "DDDD-EEEE-FFFF"], now=START)
    file = next(tmp_path.iterdir())
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(file.read_bytes()[:-20])
    assert list(journal_entries(tmp_path)) == [("AAAA-BBBB-CCCC", START)]


def test_old_days_of_a_journal_are_cleared(tmp_path: Path) -> None:
    for day in (0, 30, 40):
        journal_delivered(tmp_path, ["AAAA-BBBB-CCCC"], now=START - timedelta(days=day))
    assert clear_journal(tmp_path, now=START) == 1
    assert len(list(journal_entries(tmp_path))) == 2


@pytest.mark.parametrize(
    ("after", "back"),
    [
        (timedelta(hours=-2), True),
        (-TOLERANCE - timedelta(seconds=1), True),
        (-TOLERANCE, False),  # clocks are set by some minutes without harm
        (timedelta(), False),
        (timedelta(days=3), False),  # a leap forward is downtime
    ],
)
def test_nothing_is_decided_before_the_last_sweep(database: Database, after: timedelta, back: bool) -> None:
    with database.reading() as session:
        assert not clock_is_behind(session, now=START)
    sweep(database, START)
    with database.reading() as session:
        assert clock_is_behind(session, now=START + after) is back


def test_a_new_installation_is_no_restore(tmp_path: Path, state: MachineState) -> None:
    for name in ("one", "two"):
        opened = open_database(f"sqlite:///{tmp_path / f'{name}.db'}")
        upgrade(opened)
        sweep(opened, START)
        assert detect_restore(opened, state, now=START) == ""
        opened.close()
