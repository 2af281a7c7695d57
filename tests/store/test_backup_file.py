"""The file of a backup: one view of the database, whole or not there, for its owner only, and every damage is found."""

import os
import stat
import threading
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Integer, String, event
from sqlmodel import SQLModel

from hemgang.errors import ConfigurationError
from hemgang.services.backup import back_up, verify
from hemgang.store.backup import dump
from hemgang.store.backup.dump import write_backup
from hemgang.store.backup.format import BackupError, columns_at, tables_of
from hemgang.store.database import FOLDER, Database, open_database
from hemgang.store.tables import UtcDateTime
from tests.store.backups import NOW, populated, rows, rows_in
from tests.store.rows import message, store

HEAD = str(ScriptDirectory(str(FOLDER)).get_current_head())


@pytest.fixture
def filled(database_url: str) -> Database:
    return populated(database_url)


def test_it_holds_every_row_of_every_table(filled: Database, tmp_path: Path) -> None:
    made = back_up(filled.url, tmp_path / "b", now=NOW)
    assert rows_in(tmp_path / "b") == rows(filled)
    assert {part.table for part in made.parts} == set(SQLModel.metadata.tables)
    assert (made.revision, made.made_at, made.rows) == (HEAD, NOW, sum(map(len, rows(filled).values())))
    assert verify(tmp_path / "b") == made
    filled.close()


def test_every_column_that_there_is_has_a_form_in_it(database: Database) -> None:
    """A column of another type needs a form in hemgang.store.backup.format first."""
    with database.engine.connect() as connection:
        tables = tables_of(connection, HEAD)
    assert {table.name for table in tables} == set(SQLModel.metadata.tables)
    for table in tables:
        assert set(columns_at(HEAD)[table.name]) == set(SQLModel.metadata.tables[table.name].columns.keys())
        for column in table.columns:
            assert isinstance(column.type, String | Integer | Boolean | UtcDateTime), column


def test_twice_the_same_database_gives_the_same_file(filled: Database, tmp_path: Path) -> None:
    for name in ("one", "two"):
        back_up(filled.url, tmp_path / name, now=NOW)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    filled.close()


def test_only_its_owner_may_read_it(filled: Database, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        (tmp_path / "b.part").touch(0o666)  # left by a backup that was killed
        back_up(filled.url, tmp_path / "b", now=NOW)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert os.listdir(tmp_path).count("b.part") == 0
    filled.close()


def test_what_is_written_meanwhile_is_not_in_it(filled: Database, tmp_path: Path) -> None:
    """An alert and the discharge it is of come from one moment, however long the backup takes."""
    before = rows(filled)
    other, told = open_database(filled.url), list[str]()

    def write(table: str, _: int) -> None:
        if not told:
            store(other, message("late", "late"))
        told.append(table)

    back_up(filled.url, tmp_path / "b", now=NOW, progress=write)
    assert told[0] < "message"
    assert rows_in(tmp_path / "b") == before
    assert len(rows(filled)["message"]) == len(before["message"]) + 1
    other.close()
    filled.close()


def test_a_backup_that_fails_leaves_nothing(filled: Database, tmp_path: Path) -> None:
    def full(table: str, _: int) -> None:
        if table == "duty":
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        back_up(filled.url, tmp_path / "b", now=NOW, progress=full)
    assert not list(tmp_path.glob("b*"))
    filled.close()


def test_a_file_that_is_there_is_never_written_over(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("the only copy")
    with pytest.raises(BackupError, match="there already"):
        back_up(filled.url, tmp_path / "b", now=NOW)
    assert (tmp_path / "b").read_text() == "the only copy"
    filled.close()


def test_two_backups_to_one_file_do_not_mix(filled: Database, tmp_path: Path) -> None:
    refused = list[str]()

    def second() -> None:
        try:
            back_up(filled.url, tmp_path / "b", now=NOW)
        except BackupError as error:
            refused.append(str(error))

    def meanwhile(table: str, _: int) -> None:
        if table == "duty" and not refused:
            other = threading.Thread(target=second)
            other.start()
            other.join()

    back_up(filled.url, tmp_path / "b", now=NOW, progress=meanwhile)
    assert len(refused) == 1
    assert refused[0].endswith("is under way")
    verify(tmp_path / "b")
    filled.close()


def test_no_database_nothing_to_back_up(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no database"):
        back_up(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", tmp_path / "b", now=NOW)
    assert not (tmp_path / "nowhere").exists()
    if not database_url.startswith("sqlite"):
        with pytest.raises(BackupError, match="nothing to back up"):
            back_up(database_url, tmp_path / "b", now=NOW)
    assert not list(tmp_path.glob("b*"))


def test_an_empty_installation_has_a_backup_too(database: Database, tmp_path: Path) -> None:
    assert back_up(database.url, tmp_path / "b", now=NOW).rows == 0
    verify(tmp_path / "b")


def test_rows_are_fetched_some_at_a_time(filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL would send a whole table at once where no cursor is named."""
    monkeypatch.setattr(dump, "ROWS_AT_ONCE", 7)
    cursors, fetched = list[str](), list[int]()

    def look(_: object, cursor: object, statement: str, *__: object) -> None:
        if statement.startswith("SELECT message."):
            cursors.append(type(cursor).__name__)

    def count(table: str, rows: int) -> None:
        if table == "message":
            fetched.append(rows)

    event.listen(filled.engine, "before_cursor_execute", look)
    write_backup(filled, tmp_path / "b", now=NOW, progress=count)
    assert fetched[:3] == [7, 14, 21]
    assert fetched[-1] == len(rows(filled)["message"])
    assert filled.is_sqlite or cursors[0] == "ServerCursor"
    filled.close()


def test_a_database_that_somebody_has_changed_is_not_backed_up_in_part(database: Database, tmp_path: Path) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE quarantine ADD COLUMN ours VARCHAR(3)")
    with pytest.raises(BackupError, match=f"table quarantine is not that of version {HEAD}: ours"):
        back_up(database.url, tmp_path / "b", now=NOW)
    assert not list(tmp_path.glob("b*"))
