"""`hemgang ingest` and `hemgang quarantine list`: what is counted, what is said, and that nothing bad is repeated."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hemgang.messages.readers import Line, open_source
from tests.cli.running import EXAMPLE_1, EXAMPLE_2, Run, in_process, message, write

ADMITTED = message("m1", "e1", "admitted", "2023-03-01T10:00", region="23", municipality="2380", care="somatic")
OTHERWISE = ADMITTED | {"municipality": "2303"}
PERSON = message("m2", "e1", "sip_need", "2023-03-01T11:00", needed="yes", note="19121212-1212")


def counts(found: dict[str, int]) -> tuple[int, int, int, int]:
    """Return the four counts of a report."""
    return (found["accepted"], found["duplicate"], found["conflicting"], found["quarantined"])


def test_a_line_is_exactly_one_of_four(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", ADMITTED, ADMITTED, OTHERWISE, PERSON, "{", "")
    found = run("ingest", str(file), "--format", "json").json
    assert counts(found) == (1, 1, 1, 2)
    assert [(one["line"], one["id"], one["code"], one["field"]) for one in found["problems"]] == [
        (2, "m1", "duplicate", None),
        (3, "m1", "conflicting", None),
        (4, "m2", "identity_number", "note"),
        (5, None, "invalid_json", None),
    ]


def test_taking_the_same_in_again_changes_nothing(run: Run) -> None:
    assert counts(run("ingest", str(EXAMPLE_1), "--format", "json").json) == (280, 0, 0, 0)
    before = run("episodes", "--format", "json").json
    assert counts(run("ingest", str(EXAMPLE_1), "--format", "json").json) == (0, 280, 0, 0)
    assert run("episodes", "--format", "json").json == before


def test_several_files_and_standard_input_say_where_each_problem_is(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", "{")
    found = run("ingest", str(file), "-", "--format", "json", given=b"[]\n").json
    assert [(one["source"], one["line"], one["code"]) for one in found["problems"]] == [
        (str(file), 1, "invalid_json"),
        ("-", 1, "invalid_json"),
    ]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    done = run("ingest", str(tmp_path / "none"), str(EXAMPLE_1), str(tmp_path), "--format", "json")
    assert done.code == 2
    assert counts(done.json) == (280, 0, 0, 0)
    assert len(done.err.splitlines()) == 3
    assert done.err.splitlines()[-1] == "hemgang: 2 of 3 files could not be taken in wholly; see above"


@pytest.mark.parametrize(
    ("lines", "code"),
    [((ADMITTED,), 0), ((ADMITTED, ADMITTED), 0), ((ADMITTED, OTHERWISE), 1), ((ADMITTED, "{"), 1)],
    ids=["clean", "duplicate", "conflicting", "quarantined"],
)
def test_fail_on_quarantine(lines: tuple[dict[str, object] | str, ...], code: int, run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", *lines)
    assert run("ingest", str(file)).code == 0
    again = run("ingest", str(file), "--fail-on-quarantine")
    assert (again.code, again.err) == (code, "")


def test_an_unknown_field_is_a_remark_and_no_failure(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", ADMITTED | {"colour": "blue"})
    done = run("ingest", str(file), "--fail-on-quarantine", "--format", "json")
    assert done.code == 0
    assert [(one["code"], one["field"]) for one in done.json["problems"]] == [("unknown_field", "colour")]


def test_the_table_gives_counts_then_reasons_with_their_first_lines(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", ADMITTED, *["{"] * 7, OTHERWISE)
    assert run("ingest", str(file)).lines == [
        "ACCEPTED  DUPLICATE  CONFLICTING  QUARANTINED",
        "       1          0            1            7",
        "",
        "REASON        FIELD  LINES  FIRST LINES",
        "invalid JSON  -          7  2, 3, 4, 5, 6 and 2 more",
        "conflicting   -          1  9",
    ]


def test_csv_and_a_file_in_another_encoding(run: Run, tmp_path: Path) -> None:
    csv = tmp_path / "in.csv"
    csv.write_text(
        "id;episode;type;at;region;municipality;care\nc1;e9;admitted;2023-03-01T10:00;23;2380;somatic\n",
        encoding="utf-8",
    )
    latin = tmp_path / "latin.ndjson"
    latin.write_bytes(json.dumps(ADMITTED | {"clinic": "Å"}, ensure_ascii=False).encode("latin-1") + b"\n")
    found = run("ingest", str(csv), str(latin), "--format", "json").json
    assert counts(found) == (1, 0, 0, 1)
    assert [(one["source"], one["code"]) for one in found["problems"]] == [(str(latin), "invalid_encoding")]


def test_a_line_of_five_megabytes_is_left_out_and_the_next_one_taken(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "long.ndjson"
    file.write_bytes(b'{"id": "' + b"x" * 5_000_000 + b'"}\n' + json.dumps(ADMITTED).encode() + b"\n")
    found = run("ingest", str(file), "--format", "json").json
    assert counts(found) == (1, 0, 0, 1)
    assert found["problems"] == [{"line": 1, "id": None, "code": "line_too_long", "field": None}]


def test_a_message_more_than_a_day_ahead_of_now_waits(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", ADMITTED)
    early = run("ingest", str(file), "--now", "2023-02-28T09:59", "--format", "json").json
    assert [one["code"] for one in early["problems"]] == ["future_message"]
    assert counts(run("ingest", str(file), "--now", "2023-02-28T10:00", "--format", "json").json) == (1, 0, 0, 0)


def test_nothing_shaped_like_an_identity_number_is_repeated(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "19121212-1212"
    folder.mkdir()
    file = write(folder / "in.ndjson", PERSON, "{ 191212121212", {"191212121212": 1})
    for form in ("table", "json"):
        for arguments in (("ingest", str(file)), ("quarantine", "list", "--show-text"), ("access-log", "list")):
            done = run(*arguments, "--format", form)
            assert done.code == 0
            assert "1212" not in done.out + done.err


def test_the_quarantine_shows_every_line_by_source_line_and_code(run: Run, tmp_path: Path) -> None:
    first = write(tmp_path / "a.ndjson", ADMITTED, "{broken", PERSON)
    second = write(tmp_path / "b.ndjson", OTHERWISE)
    run("ingest", str(first), str(second))
    found = run("quarantine", "list", "--format", "json").json
    assert [(Path(one["source"]).name, one["line"], one["code"], one["field"]) for one in found] == [
        ("a.ndjson", 2, "invalid_json", None),
        ("a.ndjson", 3, "identity_number", "note"),
        ("b.ndjson", 1, "conflicting", None),
    ]
    assert all("text" not in one for one in found)
    assert [one["code"] for one in run("quarantine", "list", "--source", str(second), "--format", "json").json] == [
        "conflicting"
    ]
    only = run("quarantine", "list", "--code", "invalid_json", "--show-text", "--format", "json").json
    assert [one["text"] for one in only] == ["{broken"]
    kept = run("quarantine", "list", "--code", "identity_number", "--show-text", "--format", "json").json
    assert [one["text"] for one in kept] == [None]


def test_showing_quarantined_text_is_logged_and_its_absence_is_not(run: Run) -> None:
    run("ingest", "-", given=b"{\n")
    run("quarantine", "list")
    assert run("access-log", "list", "--format", "json").json == []
    run("quarantine", "list", "--show-text", "--why", "mending the export")
    (row,) = run("access-log", "list", "--format", "json").json
    assert (row["action"], row["episode"], row["why"]) == ("quarantine", "*", "mending the export")


def test_quarantined_text_cannot_move_the_terminal(run: Run) -> None:
    run("ingest", "-", given=b'{"a": \xc2\x9b2J\n')
    shown = run("quarantine", "list", "--show-text")
    assert "\x9b" not in shown.out


def test_progress_goes_to_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ingest", str(EXAMPLE_1)).err == ""
    monkeypatch.setattr("hemgang.cli.output._is_terminal", lambda: True)
    shown = run("ingest", str(EXAMPLE_2))
    assert f"{EXAMPLE_2}: 275 lines, 0 set aside …" in shown.err
    assert shown.lines[0].startswith("ACCEPTED")


def test_standard_input_in_a_process_of_its_own() -> None:
    done = in_process("ingest", "-", "--format", "json", given=EXAMPLE_1.read_bytes())
    assert counts(done.json) == (280, 0, 0, 0)
    assert done.err == ""


def test_an_array_or_a_workbook_is_one_line_and_nothing_is_quarantined(run: Run, tmp_path: Path) -> None:
    array = tmp_path / "in.json"
    array.write_text(json.dumps([ADMITTED, OTHERWISE], indent=2), encoding="utf-8")
    workbook = tmp_path / "in.xlsx"
    workbook.write_bytes(b"PK\x03\x04" + b"\n" * 100)
    assert run("ingest", str(array)).complaint.startswith(f"{array}: one JSON object a line; this is an array")
    assert run("ingest", str(workbook)).complaint.endswith("save it as CSV")
    assert run("quarantine", "list", "--format", "json").json == []


def test_an_array_on_standard_input_is_one_line() -> None:
    done = in_process("ingest", "-", given=json.dumps([ADMITTED]).encode())
    assert done.complaint.startswith("-: one JSON object a line; this is an array")


def test_stopped_halfway_it_says_what_is_stored(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hemgang.services.ingest.LINES_AT_ONCE", 2)
    file = write(tmp_path / "in.ndjson", ADMITTED, "{", ADMITTED | {"id": "m3"})
    lines = open_source(file)

    def interrupted(_file: str) -> Iterator[Line]:
        yield next(lines)
        yield next(lines)
        raise KeyboardInterrupt

    monkeypatch.setattr("hemgang.cli.ingest.lines_of", interrupted)
    said = run("ingest", str(file), str(file)).complaint  # and the second file is not begun
    assert said == (
        f"stopped: of {file} 2 lines are taken in (1 messages stored); give the command again: nothing is stored twice"
    )
