"""The table of docs/benchmarks.md is made from the stored results, and holds every goal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.table import BEGIN, DOCUMENT, END, FOLDER, ROWS, stored, table, with_table


def test_the_document_has_the_table_of_the_stored_results() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(text, stored()) == text, "run `make bench`, which writes results and table together"


@pytest.mark.parametrize("name", ROWS)
def test_each_benchmark_is_stored_with_its_machine(name: str) -> None:
    result = stored()[name]
    assert result["name"] == name
    assert set(result["machine"]) == {"day", "cores", "python", "load"}


@pytest.mark.parametrize("name", ROWS)
def test_every_goal_of_a_result_stands_in_the_table_once(name: str) -> None:
    result = stored()[name]
    goals = [row.goal for row in ROWS[name](result) if row.goal is not None]
    assert sorted(goals) == sorted(result["goals"])


def test_every_benchmark_with_a_measure_has_its_rows() -> None:
    modules = Path(FOLDER).parent.glob("*.py")
    found = {
        path.stem
        for path in modules
        if re.search(r"^def measure\((\w+: [\w |\[\]]+ = [\w()]+(, )?)*\)", path.read_text(), re.M)
    }
    assert found == set(ROWS)


def planning(*, met: bool) -> dict[str, Any]:
    spent = {
        "hemgang": 500.0,
        "hemgang_with_reason": 1_000.0,
        "businesstimedelta": 200_000.0,
        "businesstimedelta_dates": 100_000.0,
        "pandas": 90_000.0,
        "workalendar": 8_000.0,
    }
    return {
        "name": "planning",
        "one_instant": {"nanoseconds": spent},
        "column": {"instants": 1_000_000, "nanoseconds": {"hemgang": 30.0, "numpy_by_hand": 20.0}},
        "goals": {"businesstimedelta / hemgang >= 300": True, "hemgang / numpy_by_hand <= 3": met},
        "machine": {"day": "2026-11-26", "cores": 2, "python": "3.11.7", "load": 0.5},
    }


@pytest.mark.parametrize(("met", "word"), [(True, "yes"), (False, "**no**")])
def test_a_goal_that_is_missed_is_said_plainly(met: bool, word: str) -> None:
    lines = table({"planning": planning(met=met)}).splitlines()
    assert lines[2] == (
        "| planning start of an instant | 0.50 µs | businesstimedelta, `holidays` object: 200 µs | 400 times as fast "
        "| businesstimedelta / hemgang >= 300 | yes |"
    )
    assert lines[7] == (
        "| the same in a column of 1,000,000 | 30.0 ns | NumPy table by hand: 20.0 ns | 1.5 times as long "
        f"| hemgang / numpy_by_hand <= 3 | {word} |"
    )
    assert lines[-1] == "- planning: 2026-11-26, 2 cores, Python 3.11.7, load before 0.5"


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    before = f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n"
    after = with_table(before, {"planning": planning(met=True)})
    assert after.startswith(f"Before.\n{BEGIN}\n| what ")
    assert after.endswith(f"\n{END}\nAfter.\n")
    assert "old" not in after
    assert with_table(after, {"planning": planning(met=True)}) == after


@pytest.mark.parametrize("text", ["no marks", f"only {BEGIN}", f"{END} before {BEGIN}"])
def test_a_document_without_its_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no table between"):
        with_table(text, {})


def test_what_is_not_stored_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "planning.json").write_text(json.dumps(planning(met=True)), encoding="utf-8")
    assert list(stored(tmp_path)) == ["planning"]
