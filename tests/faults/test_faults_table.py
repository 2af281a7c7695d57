"""The table of docs/faults.md is that of the stored results, and every fault stands on the page."""

from pathlib import Path

from tests.faults.table import DOCUMENT, stored, with_table

HERE = Path(__file__).parent


def test_the_table_is_made_from_the_stored_results() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(page, stored()) == page


def test_every_fault_is_described() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    for path in HERE.glob("fault_*.py"):
        assert f"| `{path.stem.removeprefix('fault_')}` |" in page
