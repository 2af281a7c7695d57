"""A backup restored: every row as it was, on either database, held, whole or not at all, and only where nothing was."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from hemgang.services.backup import RestoreReport, back_up, restore
from hemgang.store import access_log, installation
from hemgang.store.backup.restore import closings_proved
from hemgang.store.database import Database, open_database, upgrade
from tests.conftest import KINDS, empty_database
from tests.store.backups import NOW, populated, rows, rows_in

LEASED = {"discharge", "alert"}
Fresh = Callable[[], str]


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Return a function that makes one more empty database of a kind."""
    return lambda: empty_database(request, str(request.param), tmp_path)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a backup of a populated database."""
    folder = tmp_path_factory.mktemp("backup")
    return backup_of(f"sqlite:///{folder / 'source.db'}", folder / "backup")


def backup_of(url: str, path: Path) -> Path:
    """Back a populated database up that somebody had let send, and that workers were at work on."""
    source = populated(url)
    with source.writing() as session:
        installation.release_delivery(session, by="Anna", now=NOW)
        session.execute(text("UPDATE discharge SET lease_owner = 'dead', lease_until = stepped_at"))
        session.execute(text("UPDATE alert SET lease_until = fired_at WHERE state = 'pending'"))
    back_up(source.url, path, now=NOW)
    source.close()
    return path


def restored(url: str, file: Path) -> RestoreReport:
    return restore(url, file, by="Eva", now=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_comes_back_on_either_database(
    request: pytest.FixtureRequest, tmp_path: Path, fresh: Fresh, kind: str
) -> None:
    """From each kind into each kind: four ways."""
    file, url = backup_of(empty_database(request, kind, tmp_path), tmp_path / "backup"), fresh()
    done = restored(url, file)
    assert done.closings.versions == 6
    assert (done.closings.broken, done.access_rows, done.access_break) == ((), 3, None)
    kept, wanted = rows_of(url), rows_in(file)
    for name in wanted.keys() - LEASED - {"setting"}:
        assert kept[name] == wanted[name], name
    assert {row for row in wanted["setting"] if '"sending"' not in row} < set(kept["setting"])


def test_leases_of_workers_that_are_gone_are_cleared_and_nothing_else_of_their_rows(fresh: Fresh, file: Path) -> None:
    url = fresh()
    restored(url, file)
    again = populated(fresh())
    kept, wanted = rows_of(url), rows(again)
    assert all("dead" in row for row in rows_in(file)["discharge"])
    assert {name: kept[name] for name in LEASED} == {name: wanted[name] for name in LEASED}
    again.close()


def test_sending_is_held_until_a_person_says_so(fresh: Fresh, file: Path) -> None:
    url = fresh()
    restored(url, file)
    with closing(open_database(url)) as database, database.reading() as session:
        found = installation.delivery_hold(session)
    assert (found.held, found.why, found.by, found.since) == (True, "restored", "Eva", NOW)


def test_new_rows_are_numbered_after_those_that_are_there(fresh: Fresh, file: Path) -> None:
    url = fresh()
    restored(url, file)
    with closing(open_database(url)) as database, database.writing() as session:
        last = session.scalar(text("SELECT max(id) FROM duty_revision"))
        said = "INSERT INTO duty_revision (episode, key, revision, status, reason, at) VALUES "
        session.execute(text(f"{said} ('n', 'k', 1, 'open', '', '2023-03-01 12:00:00')"))
        assert session.scalar(text("SELECT max(id) FROM duty_revision")) == last + 1
        access_log.record(session, access_log.Reader("a", "b", "c"), action="x", episode="n", at=NOW)
        session.flush()
        assert access_log.first_break(session) is None


def test_the_guards_stand_again_afterwards(fresh: Fresh, file: Path) -> None:
    """They stood aside while rows were loaded that are older than their rules."""
    url, calm = fresh(), fresh()
    restored(url, file)
    with closing(open_database(calm)) as other, closing(open_database(url)) as database:
        upgrade(other)
        assert guards(database) == guards(other)
        for statement in (
            "UPDATE message SET body = ''",
            "DELETE FROM access",
            "INSERT INTO closing SELECT 99, region, '2023-01', payer, 1, status, hash, as_of, closed_at, closed_by, "
            "decision, body, closed_by, '' FROM closing WHERE version = 1 AND region = '19'",
        ):
            with pytest.raises(DBAPIError, match=r"append-only|two persons"), database.writing() as session:
                session.execute(text(statement))


def guards(database: Database) -> list[tuple[str, ...]]:
    query = (
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname, tgrelid::regclass::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.reading() as session:
        return sorted(tuple(row) for row in session.execute(text(query)))


def test_what_did_not_hold_together_before_is_told_and_kept(fresh: Fresh, tmp_path: Path) -> None:
    """A restore after a disaster is not refused because somebody had forged a row."""
    source = populated(fresh())
    with source.writing() as session:
        for trigger, table in (("access_no_UPDATE", "access"), ("closing_no_UPDATE", "closing")):
            session.execute(text(f"DROP TRIGGER {trigger}{'' if source.is_sqlite else f' ON {table}'}"))
        session.execute(text("UPDATE access SET who = 'nobody' WHERE seq = 2"))
        session.execute(text("UPDATE closing SET body = replace(body, '10500.00', '10400.00') WHERE version = 1"))
        session.execute(text("UPDATE closing SET hash = 'x' WHERE version = 2 AND region = '23'"))
    back_up(source.url, tmp_path / "backup", now=NOW)
    source.close()
    done = restored(fresh(), tmp_path / "backup")
    assert done.access_break == 2
    assert done.closings.broken == ("23 2023-03 all version 1", "23 2023-03 all version 2")


def rows_of(url: str) -> dict[str, list[str]]:
    with closing(open_database(url)) as database:
        return rows(database)


def test_closed_months_are_held_against_their_hashes(fresh: Fresh) -> None:
    with closing(populated(fresh())) as database, Session(database.engine) as session:
        assert closings_proved(session).broken == ()
        assert closings_proved(session).versions == 6
