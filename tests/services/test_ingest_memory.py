"""Memory of taking in: a file of any length takes the same, also where every line has something to be said of it."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hemgang.findings import Code
from hemgang.messages.model import Problem
from hemgang.messages.readers import Line
from hemgang.services.ingest import DETAILS_OF_A_REASON, REASONS_KEPT, Report, ingest
from hemgang.store.database import Database, open_database, upgrade

NOW = datetime(2023, 3, 1, 7, tzinfo=UTC)
FEW, MANY = 10_000, 100_000
MESSAGE: dict[str, Any] = {
    "id": "m1",
    "episode": "e1",
    "type": "admitted",
    "at": "2023-03-01T07:00:00+00:00",
    "region": "23",
    "municipality": "2380",
    "care": "somatic",
}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'memory.db'}")
    upgrade(database)
    ingest(database, [Line(1, MESSAGE)], source="first", now=NOW)
    yield database
    database.close()


def duplicates(count: int) -> Iterator[Line]:
    return (Line(number, MESSAGE) for number in range(1, count + 1))


def test_ten_times_the_lines_take_no_more_memory(opened: Database) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        ingest(opened, duplicates(count), source="again", now=NOW)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1_000)
    few, many = peak(FEW), peak(MANY)
    assert many < 1.3 * few


def test_every_duplicate_is_counted_and_the_first_ones_are_listed(opened: Database) -> None:
    report = ingest(opened, duplicates(FEW + 1), source="again", now=NOW)
    assert report.duplicate == report.reasons["duplicate", ""] == FEW + 1
    assert [one.line for one in report.problems] == list(range(1, DETAILS_OF_A_REASON + 1))
    assert report.problems_left_out == FEW + 1 - DETAILS_OF_A_REASON


def test_field_names_that_are_all_different_are_bounded_too() -> None:
    total = Report()
    for part in range(3):
        report = Report()
        for number in range(2 * REASONS_KEPT):
            problem = Problem(Code.UNKNOWN_FIELD, f"f{part}-{number}")
            report.note([problem], line=number, message=None, source="s")
        total.add(report)
    assert total.reasons.total() == 6 * REASONS_KEPT
    assert len(total.reasons) <= REASONS_KEPT + 1
    assert len(total.problems) <= 3 * (REASONS_KEPT + DETAILS_OF_A_REASON)
