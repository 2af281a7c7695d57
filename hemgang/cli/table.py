"""Tables as plain text, aligned and at most 100 columns wide: what does not fit is wrapped in the last column."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

WIDTH = 100
"""How wide a table is at most where no terminal says otherwise."""

NARROWEST = 24
INDENT = "    "


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    right: Sequence[int] = (),
    under: Sequence[str] = (),
) -> Iterator[str]:
    """Yield the lines of a table: headers in capitals, one row after the other, each with its `under` indented below.

    `right` names the columns (from 0) whose cells stand to the right. None is written as a hyphen.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    heads = [header.upper() for header in headers]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    width = _width()
    last = max(NARROWEST, width - sum(widths[:-1]) - 2 * (len(widths) - 1))
    yield _line(heads, widths, right)
    for number, row in enumerate(cells):
        pieces = textwrap.wrap(row[-1], last) or [""]
        yield _line([*row[:-1], pieces[0]], widths, right)
        for piece in pieces[1:]:
            yield _line([*[""] * (len(row) - 1), piece], widths, right)
        if number < len(under) and under[number]:
            yield from paragraph(under[number])


def paragraph(text: str, indent: str = INDENT) -> list[str]:
    """Return a text wrapped and indented."""
    return textwrap.wrap(text, _width(), initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def fields(pairs: Sequence[tuple[str, object]]) -> Iterator[str]:
    """Yield one line for each name and value, the values below each other; pairs without a value are left out."""
    known = [(name, _cell(value)) for name, value in pairs if value is not None]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        lead = f"{name:<{width}}  "
        yield from textwrap.wrap(
            value, _width(), initial_indent=lead, subsequent_indent=" " * len(lead), break_long_words=False
        )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    aligned = (
        cell.rjust(width) if number in right else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(aligned).rstrip()


def _width() -> int:
    if sys.stdout is not None and sys.stdout.isatty():
        return max(NARROWEST * 2, shutil.get_terminal_size((WIDTH, 24)).columns)
    return WIDTH
