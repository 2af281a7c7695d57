"""The inbox folder with several who take from it: every file is read, once, whatever its name and whoever dies."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from hemgang.messages.readers import open_source
from hemgang.services.inbox import (
    ABANDONED_AFTER,
    ALL_QUARANTINED,
    SOLE_READER,
    InboxReader,
    has_files,
    ingest_inbox,
    is_empty,
    unknown_files,
)
from hemgang.services.ingest import ingest
from hemgang.store.database import Database
from hemgang.store.tables import MessageRow

NOW = datetime(2023, 3, 1, 7, tzinfo=UTC)
MOST = ABANDONED_AFTER.total_seconds()
ONE, OTHER = InboxReader("one"), InboxReader("other")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def lay(folder: Path, name: str, *ids: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.{ids[0]}.part"
    lines = (
        {"id": one, "episode": f"e-{one}", "type": "admitted", "at": NOW.isoformat(), "region": "23"} for one in ids
    )
    part.write_text("".join(json.dumps(line | {"municipality": "2380", "care": "somatic"}) + "\n" for line in lines))
    return part.rename(folder / name)


def stored(database: Database) -> int:
    with database.reading() as session:
        return int(session.scalar(select(func.count()).select_from(MessageRow)) or 0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_name_that_is_used_again_while_its_file_is_read_is_another_file(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(inbox, "a.ndjson", "m1")
    taken: list[str] = []

    def meanwhile(*given: object, **named: object) -> object:
        monkeypatch.setattr("hemgang.services.inbox.ingest", ingest)
        lay(inbox, "a.ndjson", "m2")
        taken.extend(one.name for one in ingest_inbox(database, inbox, now=NOW, taker=OTHER))
        return ingest(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("hemgang.services.inbox.ingest", meanwhile)
    taken.extend(one.name for one in ingest_inbox(database, inbox, now=NOW, taker=ONE))
    assert (stored(database), len(taken)) == (2, 2)
    assert names(inbox / "taken") == ["a.2.ndjson", "a.ndjson"]
    assert all((inbox / "taken" / name).stat().st_size for name in names(inbox / "taken"))
    assert names(inbox / "taking") == []


@pytest.mark.postgresql
def test_many_who_take_from_one_folder_lose_nothing(database: Database, inbox: Path) -> None:
    takers, files = 4, 40
    laid = iter(range(files))

    def take(number: int) -> int:
        count = 0
        for which in laid:
            lay(inbox, f"{which % 3}.ndjson", f"m{which}")
            count += sum(1 for _ in ingest_inbox(database, inbox, now=NOW, taker=InboxReader(f"taker-{number}")))
        return count

    with ThreadPoolExecutor(takers) as at_once:
        count = sum(at_once.map(take, range(takers)))
    count += sum(1 for _ in ingest_inbox(database, inbox, now=NOW))
    assert is_empty(inbox)
    assert stored(database) == count == len(names(inbox / "taken"))  # of 40: a sender may write over its own file


@pytest.mark.parametrize(
    ("age_s", "dead", "takes"),
    [(0, (), False), (MOST - 30, (), False), (MOST + 30, (), True), (0, ("gone",), True)],
)
def test_what_another_has_begun_is_taken_over_when_that_one_is_dead_or_stands_still(
    database: Database, inbox: Path, age_s: float, dead: tuple[str, ...], takes: bool
) -> None:
    file = lay(inbox / "taking" / "gone", "a.ndjson", "m1")
    then = file.stat().st_mtime - age_s
    os.utime(file.parent, (then, then))
    taker = InboxReader("one", lambda name: name in dead)
    assert has_files(inbox, taker) is takes
    assert not is_empty(inbox)
    assert len(list(ingest_inbox(database, inbox, now=NOW, taker=taker))) == stored(database) == takes
    assert file.parent.exists() is not takes


def test_what_this_one_broke_off_and_what_an_earlier_version_had_begun_is_taken(
    database: Database, inbox: Path
) -> None:
    lay(inbox / "taking" / SOLE_READER.name, "a.ndjson", "m1")
    lay(inbox / "taking", "b.ndjson", "m2")
    assert has_files(inbox)
    assert len(list(ingest_inbox(database, inbox, now=NOW))) == stored(database) == 2
    assert is_empty(inbox)


def test_who_stood_still_and_lost_the_file_says_nothing_of_it(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(inbox, "a.ndjson", "m1")

    def late(path: Path) -> object:
        path.rename(inbox / "taking" / "a.csv")  # another took it over
        return open_source(path)

    monkeypatch.setattr("hemgang.services.inbox.open_source", late)
    assert list(ingest_inbox(database, inbox, now=NOW, taker=ONE)) == []
    assert names(inbox / "refused") == names(inbox / "taken") == []
    assert stored(database) == 0


def test_a_file_that_another_was_faster_with_is_left_to_that_one(database: Database, inbox: Path) -> None:
    lay(inbox, "a.ndjson", "m1")
    lay(inbox, "b.ndjson", "m2")
    taking: Iterator[object] = ingest_inbox(database, inbox, now=NOW, taker=ONE)
    next(taking)
    assert len(list(ingest_inbox(database, inbox, now=NOW, taker=OTHER))) == 1
    assert list(taking) == []
    assert stored(database) == 2


def test_a_long_file_shows_that_it_is_alive(database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hemgang.services.ingest.LINES_AT_ONCE", 1)
    lay(inbox, "a.ndjson", "m1", "m2", "m3")
    marks: list[Path] = []
    monkeypatch.setattr(os, "utime", marks.append)
    list(ingest_inbox(database, inbox, now=NOW, taker=ONE))
    assert marks == [inbox / "taking" / "one"] * 3


def test_a_folder_that_goes_while_it_is_looked_at_holds_nothing(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = inbox / "taking" / "gone"
    gone.mkdir(parents=True)
    is_dir = Path.is_dir

    def seen_last(path: Path) -> bool:
        there = is_dir(path)
        if path == gone and there:
            gone.rmdir()
        return there

    monkeypatch.setattr(Path, "is_dir", seen_last)
    assert is_empty(inbox)
    assert not gone.exists()


def test_a_file_of_which_every_line_is_quarantined_is_refused_and_a_workbook_or_array_too(
    database: Database, inbox: Path
) -> None:
    (inbox / "a.csv").write_bytes(b"PK\x03\x04 workbook")
    (inbox / "b.ndjson").write_text('[\n{"id": "m1"}\n]\n', encoding="utf-8")
    (inbox / "c.ndjson").write_text("{\n{\n", encoding="utf-8")
    lay(inbox, "d.ndjson", "m1")
    found = list(ingest_inbox(database, inbox, now=NOW))
    assert [one.refused for one in found] == ["SourceFormatError", "SourceFormatError", ALL_QUARANTINED, ""]
    assert names(inbox / "refused") == ["a.csv", "b.ndjson", "c.ndjson"]
    assert names(inbox / "taken") == ["d.ndjson"]


def test_a_file_of_another_ending_is_found_once_nobody_writes_to_it(database: Database, inbox: Path) -> None:
    old, new = inbox / "a.xlsx", inbox / "b.json"
    for path in (old, new):
        path.write_bytes(b"PK")
    os.utime(old, (0, 0))
    assert unknown_files(inbox) == [old]
    assert list(ingest_inbox(database, inbox, now=NOW)) == []
    assert old.exists()


def test_a_file_over_which_hemgang_fails_is_refused_and_the_others_are_taken(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lay(inbox, "a.ndjson", "m1")
    lay(inbox, "b.ndjson", "m2")

    def failing(path: Path) -> object:
        if path.name == "a.ndjson":
            raise RecursionError("19121212-1212")
        return open_source(path)

    monkeypatch.setattr("hemgang.services.inbox.open_source", failing)
    taken = list(ingest_inbox(database, inbox, now=NOW))
    assert [one.refused for one in taken] == ["unexpected", ""]
    assert (names(inbox / "refused"), names(inbox / "taken")) == (["a.ndjson"], ["b.ndjson"])
    assert stored(database) == 1
    assert is_empty(inbox)
    assert "RecursionError" in caplog.text
    assert "19121212" not in caplog.text


def test_while_the_database_is_away_no_file_is_refused(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(inbox, "a.ndjson", "m1")

    def away(*_: object, **__: object) -> object:
        raise OperationalError("INSERT", {}, OSError("the server closed the connection"))

    with monkeypatch.context() as broken:
        broken.setattr("hemgang.services.inbox.ingest", away)
        with pytest.raises(OperationalError):
            list(ingest_inbox(database, inbox, now=NOW))
    assert names(inbox / "refused") == []
    assert len(list(ingest_inbox(database, inbox, now=NOW))) == stored(database) == 1


def test_a_file_that_cannot_be_moved_is_an_error_after_the_others_are_taken(
    database: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(inbox, "a.ndjson", "m1")
    lay(inbox, "b.ndjson", "m2")
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if path.name == "a.ndjson":
            raise PermissionError(1, "Operation not permitted")
        return rename(path, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", refusing)
        with pytest.raises(PermissionError):
            list(ingest_inbox(database, inbox, now=NOW))
    assert (names(inbox / "taken"), stored(database)) == (["b.ndjson"], 1)
    assert len(list(ingest_inbox(database, inbox, now=NOW))) == 1
    assert is_empty(inbox)
