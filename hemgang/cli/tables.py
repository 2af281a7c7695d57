"""Tables, fields and paragraphs as lines of text, at the width of the terminal, in the language of the run.

Values are written by their type: enumerations by their names in the catalogue, instants by Stockholm's clock, amounts
in kronor, exact numbers with the fraction behind them. Nothing is ever cut off: what does not fit is wrapped, and what
is longer than its column is folded.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from io import StringIO
from typing import Any, Final

from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hemgang.cli.language import in_words, spoken, words
from hemgang.cli.output import plain
from hemgang.i18n.catalogue import Phrase, name_of
from hemgang.i18n.formats import count_text, kronor_text, month_text, number_text, table_text
from hemgang.liability.model import Month

WIDTH: Final = 100
"""How wide text is where no terminal and no COLUMNS says otherwise."""

NARROWEST: Final = 48
INDENT: Final = "    "

_BORDER: Final = "\x1f"
"""Separates the rows of a table while it is laid out; no cell holds it, since control characters are escaped."""

_ROWS_APART: Final = Box("    \n" * 2 + f"{_BORDER * 4}\n" + "    \n" + f"{_BORDER * 4}\n" + "    \n" * 2 + "    ")


def table(
    columns: Sequence[str | Phrase],
    rows: Sequence[Sequence[object]],
    *,
    right: Sequence[int] = (),
    under: Sequence[str] = (),
) -> Iterator[str]:
    """Yield the lines of a table: names in capitals, one row after the other, each with its `under` indented below.

    `columns` are keys of `cli.name`, or phrases; `right` says which (from 0) stand to the right. None is written as a
    hyphen.
    """
    laid_out = Table(box=_ROWS_APART, show_edge=False, show_lines=True, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        justify: Any = "right" if number in right else "left"
        laid_out.add_column(Text(_name(column).upper()), justify=justify, overflow="fold")
    for row in rows:
        laid_out.add_row(*(Text(_cell(value)) for value in row))
    yield from _with_under(_lines_of(laid_out), under)


def fields(pairs: Sequence[tuple[str | Phrase, object]]) -> Iterator[str]:
    """Yield one line for each name and value, the values below each other; pairs without a value are left out.

    The names are keys of `cli.name`, or phrases.
    """
    known = [(_name(name), _cell(value)) for name, value in pairs if value is not None]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        lead = f"{name:<{width}}  "
        yield from textwrap.wrap(
            value, text_width(), initial_indent=lead, subsequent_indent=" " * len(lead), break_long_words=False
        )


def paragraph(text: str, indent: str = INDENT) -> list[str]:
    """Return a text wrapped and indented."""
    return textwrap.wrap(text, text_width(), initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def joined(values: Sequence[object]) -> str | None:
    """Return values in words with commas between them, None where there is none."""
    return ", ".join(_cell(value) for value in values) or None


def text_width() -> int:
    """Return how many columns text may take: the terminal's, else COLUMNS, else `WIDTH`."""
    if sys.stdout is not None and sys.stdout.isatty():
        return max(NARROWEST, shutil.get_terminal_size((WIDTH, 24)).columns)
    columns = os.environ.get("COLUMNS", "")
    return max(NARROWEST, int(columns)) if columns.isdecimal() else WIDTH


def _name(of: str | Phrase) -> str:
    return in_words(of) if isinstance(of, Phrase) else words(f"cli.name.{of}")


def _lines_of(laid_out: Table) -> Iterator[str]:
    console = Console(
        file=StringIO(), width=text_width(), color_system=None, force_terminal=False, legacy_windows=False
    )
    with console.capture() as captured:
        console.print(laid_out)
    yield from captured.get().split("\n")


def _with_under(lines: Iterator[str], under: Sequence[str]) -> Iterator[str]:
    row = -1
    for line in lines:
        if _BORDER in line:
            yield from _below(under, row)
            row += 1
        elif line.strip():
            yield line.rstrip()
    yield from _below(under, row)


def _below(under: Sequence[str], row: int) -> list[str]:
    return paragraph(under[row]) if 0 <= row < len(under) and under[row] else []


def _cell(value: object) -> str:
    return plain(" ".join(_value_text(value).split()))


def _value_text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return words("cli.word.yes" if value else "cli.word.no")
    if isinstance(value, Phrase):
        return in_words(value)
    if isinstance(value, Enum):
        return name_of(spoken(), value)
    return next((write(value) for kind, write in _BY_TYPE if isinstance(value, kind)), str(value))


_BY_TYPE: Final[Sequence[tuple[type, Callable[[Any], str]]]] = (
    (datetime, lambda instant: table_text(instant) or "-"),
    (Decimal, lambda amount: kronor_text(spoken(), amount)),
    (Fraction, lambda number: number_text(spoken(), number)),
    (Month, lambda month: month_text(spoken(), month.first)),
    (int, lambda count: count_text(spoken(), count)),
)
"""How a value is written by its type; anything else as `str` has it."""
