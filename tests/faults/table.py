"""The table of docs/faults.md, made from the stored results."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.measuring import RESULTS

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "faults.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def stored() -> list[dict[str, Any]]:
    """Return every stored result, by name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))]


def with_table(document: str, results: Sequence[dict[str, Any]]) -> str:
    """Return the page with its table made anew between the two marks.

    Raises:
        ValueError: the page has no marks.
    """
    before, found, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"docs/faults.md has no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{table(results)}\n{END}{after}"


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a Markdown table."""
    rows = ["| fault | goal | times | came to | held | seconds | seed |", "|---|---|---|---|---|---|---|"]
    rows += [_row(one) for one in results]
    return "\n".join(rows)


def _row(one: dict[str, Any]) -> str:
    figures = ", ".join(f"{key} {_number(value)}" for key, value in one["figures"].items())
    held = "yes" if not one["broken"] else f"**no**: {len(one['broken'])} broken"
    return (
        f"| `{one['name']}` | {one['goal']} | {_number(one['size'])} | {figures} | {held} "
        f"| {one['seconds']:.0f} | {one['seed']} |"
    )


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)
