"""A restore goes into an empty database, wholly or not at all, whatever fails on the way."""

from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from signal import SIGKILL

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, event, text

from hemgang.services.backup import RestoreReport, back_up
from hemgang.services.backup import restore as backup_restore
from hemgang.store import installation
from hemgang.store.backup import restore
from hemgang.store.backup.format import BackupError, NotEmpty
from hemgang.store.database import Database, configuration, open_database, upgrade
from hemgang.store.tables import SettingRow
from tests.conftest import KINDS, empty_database
from tests.store import killed_child
from tests.store.backups import GOLDEN, NOW, populated, rows, rows_in
from tests.store.rows import message, store

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.store.killed_child"])
Fresh = Callable[[], str]


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Return a function that makes one more empty database of a kind."""
    return lambda: empty_database(request, str(request.param), tmp_path)


def restored(url: str, file: Path = GOLDEN) -> RestoreReport:
    return backup_restore(url, file, by="Eva", now=NOW)


def test_a_database_with_anything_in_it_is_refused_and_left_as_it_is(fresh: Fresh) -> None:
    for fill in (one_message, one_setting):
        with closing(open_database(fresh())) as database:
            upgrade(database)
            fill(database)
            before = rows(database)
            with pytest.raises(NotEmpty, match="holds something already"):
                restored(database.url)
            assert rows(database) == before


def one_message(database: Database) -> None:
    store(database, message("m1"))


def one_setting(database: Database) -> None:
    with database.writing() as session:
        session.add(SettingRow(key="reference_secret", value="ab"))


def test_another_programs_table_is_never_taken_for_ours(fresh: Fresh) -> None:
    with closing(open_database(fresh())) as database:
        with database.writer.begin() as connection:
            connection.execute(text("CREATE TABLE message (ours INTEGER)"))
        with pytest.raises(NotEmpty, match="a table message that is not hemgang's"):
            restored(database.url)
        with database.writer.begin() as connection:
            connection.execute(text("DROP TABLE message"))
            connection.execute(text("CREATE TABLE theirs (kept INTEGER)"))
        restored(database.url)
        with database.reading() as session:
            assert session.execute(text("SELECT count(*) FROM theirs")).scalar() == 0


@pytest.mark.parametrize("version", ["0001", "0004", "head"])
def test_empty_tables_of_any_version_are_no_hindrance(fresh: Fresh, version: str) -> None:
    """Whoever opened the new database once has made the tables."""
    with closing(open_database(fresh())) as database:
        with database.writer.begin() as connection:
            command.upgrade(configuration(connection), version)
        restored(database.url)
        assert rows(database)["message"] == rows_in(GOLDEN)["message"]


@pytest.mark.parametrize("fault", ["a row", "the last table", "the last look", "the hold"])
def test_a_fault_on_the_way_leaves_nothing(fresh: Fresh, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BackupError("a fault")

    if fault == "a row":
        monkeypatch.setattr(restore, "ROWS_AT_ONCE", 50)
        monkeypatch.setattr(restore, "_read_back", fail)
    elif fault == "the last table":
        monkeypatch.setattr(restore, "_clear_leases", fail)
    elif fault == "the last look":
        monkeypatch.setattr("hemgang.services.backup.closings_proved", fail)
    else:
        monkeypatch.setattr(installation, "hold_delivery", fail)
    url = fresh()
    with pytest.raises(BackupError, match="a fault"):
        restored(url)
    if url.startswith("sqlite"):
        assert not list(Path(url.removeprefix("sqlite:///")).parent.glob("hemgang-*.db*"))
    with closing(open_database(url)) as database, database.engine.connect() as connection:
        names = connection.dialect.get_table_names(connection)
        assert names == []


@pytest.mark.faults
def test_a_restore_that_is_killed_can_be_given_again(fresh: Fresh) -> None:
    url = fresh()
    child = FORKS.Process(target=killed_child.restore_killed_at, args=(url, GOLDEN, 150))
    child.start()
    child.join(60)
    assert child.exitcode == -SIGKILL
    with closing(open_database(url)) as database, database.engine.connect() as connection:
        assert connection.dialect.get_table_names(connection) == []
    restored(url)
    with closing(open_database(url)) as database:
        assert rows(database)["message"] == rows_in(GOLDEN)["message"]


@pytest.fixture
def _spoiled() -> Iterator[None]:
    """Let the database store another letter than it was given, once."""
    done = list[int]()

    def spoil(
        connection: Connection, _cursor: object, statement: str, parameters: list[object], *_: object
    ) -> tuple[str, object]:
        if statement.startswith("INSERT INTO rung") and not done:
            done.append(1)
            first = parameters[0]
            if isinstance(first, dict):
                parameters[0] = first | {"reason": "spoiled"}
            elif isinstance(first, tuple):
                parameters[0] = (*first[:-1], "spoiled")
        return statement, parameters

    event.listen(Engine, "before_cursor_execute", spoil, retval=True)
    yield
    event.remove(Engine, "before_cursor_execute", spoil)


@pytest.mark.usefixtures("_spoiled")
def test_a_row_that_comes_back_changed_is_a_fault(fresh: Fresh) -> None:
    with pytest.raises(BackupError, match="table rung: the database gives back other rows"):
        restored(fresh())


def test_a_row_that_the_database_does_not_take_is_told_without_its_values(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """SQLite does not mind how long a text is, PostgreSQL does."""
    lax = populated(empty_database(request, "sqlite", tmp_path))
    with lax.writing() as session:
        session.execute(text("UPDATE rung SET rung = rung || '" + "a secret" * 30 + "' WHERE outcome <> ''"))
    back_up(lax.url, tmp_path / "backup", now=NOW)
    lax.close()
    strict = empty_database(request, "postgresql", tmp_path)
    with pytest.raises(BackupError, match="table rung: value too long") as told:
        restored(strict, tmp_path / "backup")
    assert "secret" not in str(told.value)
