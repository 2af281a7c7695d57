"""Malformed messages crash nothing, hang nothing and slip through nowhere; and the check finds each of these faults."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from hemgang.findings import Code
from hemgang.messages.model import Accepted, Problem, Rejection
from hemgang.messages.readers import Line, read_ndjson
from hemgang.messages.validation import read_message
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database
from tests.cli.running import ROOT
from tests.faults import fault_messages
from tests.faults.malformed import trial
from tests.faults.malformed.corpus import COLUMNS, csv_header, csv_row, good, ndjson
from tests.faults.malformed.files import File, files
from tests.faults.malformed.second_csv import cells_of, object_of
from tests.faults.malformed.storing import take_in
from tests.faults.malformed.strict import opinion, read_json
from tests.faults.malformed.trial import NOW_AT, Seen, micros, try_file

pytestmark = pytest.mark.faults

Outcome = Accepted | Rejection


def test_malformed_messages_crash_hang_and_slip_through_nowhere() -> None:
    measured = fault_messages.measure(15_000, seed=17)
    assert not measured.broken
    assert int(measured.figures["accepted"]) > 1_500
    assert int(measured.figures["rejected"]) > 10_000


def test_one_seed_gives_the_same_lines_again_and_another_does_not() -> None:
    assert [*files("a", 500)] == [*files("a", 500)] != [*files("b", 500)]


@pytest.mark.parametrize("delimiter", ["", ",", ";"])
def test_what_the_mutations_begin_with_is_accepted_as_it_is(delimiter: str) -> None:
    rows = [csv_row(one, delimiter) if delimiter else ndjson(one, escaped=False) for one in good()]
    seen = tried(File(b"\n".join([csv_header(delimiter), *rows] if delimiter else rows), delimiter))
    assert seen.counts["accepted"] == len(rows) > 500
    assert not seen.broken


@pytest.mark.postgresql
def test_every_malformed_line_is_counted_once_in_a_database_and_none_is_lost(
    database: Database, rules: ReferenceData
) -> None:
    counts, broken = take_in(database, rules, "stored", 10_000 if database.is_sqlite else 5_000)
    assert not broken
    assert min(counts[name] for name in ("accepted", "duplicate", "conflicting", "quarantined", "discharges")) > 20


def test_the_coverage_guided_form_runs_and_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.fuzz_atheris", "-atheris_runs=300", "-seed=1", "-verbosity=0"]
    artifacts = f"-artifact_prefix={tmp_path}/"
    done = subprocess.run([*command, artifacts, str(tmp_path / "corpus")], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list((tmp_path / "corpus").iterdir())) > 300


def tried(file: File) -> Seen:
    seen = Seen()
    try_file(file, seen)
    return seen


LINE = {
    "id": "m",
    "episode": "e",
    "type": "ready_notice",
    "at": "2023-03-26T02:30",
    "to": ["a"],
    "ready_on": "2023-04-01",
}
RIGHT = LINE | {"at": "2023-03-26T03:30", "extra": 1.5}


def plant(monkeypatch: pytest.MonkeyPatch, name: str, planted: Any, content: Mapping[str, Any] = RIGHT) -> str:
    monkeypatch.setattr(trial, name, planted)
    return " ".join(tried(File(ndjson(content, escaped=False) + b"\n")).broken)


def test_it_finds_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(content: Mapping[str, Any], *, now: datetime | None) -> Outcome:
        raise KeyError("type")

    assert "KeyError at" in plant(monkeypatch, "read_message", failing)


def test_it_finds_a_line_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(content: Mapping[str, Any], *, now: datetime | None) -> Outcome:
        until = time.thread_time() + 0.06
        while time.thread_time() < until:
            pass
        return read_message(content, now=now)

    assert "took " in plant(monkeypatch, "read_message", slow)


def lenient(at: str) -> Any:
    """Return a reader that takes an instant for another where it is wrong."""

    def reading(content: Mapping[str, Any], *, now: datetime | None) -> Outcome:
        return read_message({**content, "at": at}, now=now)

    return reading


def test_it_finds_a_wrong_acceptance(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plant(monkeypatch, "read_message", lenient("2023-03-26T03:30"), LINE)
    assert "accepted against the rule of at" in found


def test_it_finds_another_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plant(monkeypatch, "read_message", lenient("2023-10-29T02:30"), LINE | {"at": "2023-10-29T02:30+01:00"})
    assert "accepted with other instants" in found


def test_it_finds_a_wrong_rejection_and_a_value_that_is_echoed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(content: Mapping[str, Any], *, now: datetime | None) -> Outcome:
        return Rejection((Problem(Code.INVALID_FIELD, str(content["ready_on"])),), id="another")

    found = plant(monkeypatch, "read_message", refusing)
    assert "rejected for invalid_field though nothing is wrong" in found
    assert "names what is no field" in found
    assert "shows an id that is none" in found


def test_it_finds_a_value_that_is_changed_on_the_way_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    def changing(content: Mapping[str, Any], *, now: datetime | None) -> Outcome:
        read = read_message({**content, "extra": None, "to": ["b"]}, now=now)
        assert isinstance(read, Accepted)
        return Accepted(replace(read.message, fields={**read.message.fields, "extra": 1}))

    found = plant(monkeypatch, "read_message", changing)
    assert "to is another value" in found
    assert "extra is another value" in found


def test_it_finds_a_stored_text_that_comes_back_as_another_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(text: str) -> Any:
        read = read_message(dict(read_json(text) or {}), now=None)
        assert isinstance(read, Accepted)
        return replace(read.message, received_at=read.message.at + timedelta(microseconds=1))

    assert "another message comes back" in plant(monkeypatch, "from_canonical", wrong)


def test_it_finds_a_line_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(stream: BytesIO) -> Any:
        return (line for line in read_ndjson(stream) if line.number != 2)

    monkeypatch.setattr("tests.faults.malformed.trial.read_ndjson", losing)
    line = ndjson(RIGHT, escaped=False) + b"\n"
    said = " ".join(tried(File(line + line)).broken)
    assert "1 of 2 lines came" in said


def test_it_finds_an_identity_number_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def keeping(line: Line, _rejection: Rejection) -> str | None:
        return line.text

    found = plant(monkeypatch, "text_to_keep", keeping, LINE | {"episode": "19121212-1212"})
    assert "keeps a text with an identity number" in found


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, ""),
        ({"at": "2023-03-26T02:30"}, "at"),
        ({"at": "2023-10-29T02:30"}, ""),
        ({"at": "2024-06-02T12:00:00Z"}, ""),
        ({"at": "2024-06-02T12:00:00.000001Z"}, "ahead of the clock"),
        ({"ready_on": "2023-02-29"}, "ready_on"),
        ({"episode": "pnr 191212121212, igen"}, "episode"),
        ({"episode": "9d191212121212"}, ""),
        ({"to": "a"}, "to"),
        ({"sender": "\u202e"}, "sender"),
        ({"sender": None}, ""),
        ({"x": 2**63}, "an unknown field"),
    ],
)
def test_the_second_opinion_itself(change: dict[str, Any], rule: str) -> None:
    assert opinion(RIGHT | change, now=micros(NOW_AT)).rule == rule


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ('a,"b;""c"",d",', ["a", 'b;"c",d', ""]),
        ('a,"b', None),
        ('a,"b"c', None),
        ('a"b,c', ['a"b', "c"]),
        ("a\rb,c", None),
        ('"a\rb",c', ["a\rb", "c"]),
    ],
)
def test_the_second_csv_itself(row: str, cells: list[str] | None) -> None:
    assert cells_of(row, ",") == cells


def test_the_second_object_of_a_row() -> None:
    cells = ["" for _ in COLUMNS]
    cells[COLUMNS.index("age")], cells[COLUMNS.index("to")], cells[COLUMNS.index("note.b")] = "92", "a; b;", "x"
    assert object_of([*COLUMNS], cells) == {"age": 92, "to": ["a", "b"], "note": {"b": "x"}}
