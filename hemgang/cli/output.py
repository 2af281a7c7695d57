"""What a command writes, and in which language: JSON or lines on standard output, remarks on standard error.

The language is that of `--language`, else HEMGANG_LANGUAGE, else the locale's (specification 7). Text from messages may
hold control characters; on the way to a terminal they are written out as escapes.

Tables are as wide as the terminal. Values are written by their type: enumerations by their names in the catalogue,
instants by Stockholm's clock, amounts in kronor, exact numbers with the fraction behind them. Nothing is ever cut off:
what does not fit is wrapped, and what is longer than its column is folded.
"""

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from io import StringIO
from typing import Any, Final, Literal, TextIO, TypeVar

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hemgang.i18n.catalogue import Phrase, name_of, say, text
from hemgang.i18n.formats import count_text, kronor_text, month_text, number_text, table_text
from hemgang.i18n.language import Language, chosen_language
from hemgang.liability.model import Month
from hemgang.messages.identity_numbers import redacted_line

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where the user's locale stands, the first that is set counts (POSIX)."""

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)


def speak(language: Language) -> None:
    """Speak a language from here on."""
    _spoken.set(language)


def speak_locale() -> None:
    """Speak the language of the locale, before anything else is known of the user."""
    speak(chosen_language(None, {}, _locale()))


def speak_environment() -> None:
    """Speak the language of HEMGANG_LANGUAGE, else of the locale.

    Raises:
        ValueError: the variable names a language that there are no texts in.
    """
    speak(chosen_language(None, os.environ, _locale()))


def spoken() -> Language:
    """Return the language of this run."""
    return _spoken.get()


def words(key: str, **values: object) -> str:
    """Return the text of a key of the catalogue in the language of this run."""
    return text(spoken(), key, **values)


def in_words(what: Phrase | str) -> str:
    """Return a phrase in the language of this run; a text that is none as it stands."""
    return say(spoken(), what)


def _locale() -> str | None:
    return next((value for name in _LOCALE_VARIABLES if (value := os.environ.get(name))), None)


WIDTH: Final = 100
"""How wide text is where no terminal and no COLUMNS says otherwise."""

NARROWEST: Final = 48
INDENT: Final = "    "

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_WITHIN_AMOUNT: Final = re.compile(r"(?<=\d) (?=\d{3}\b|kr\b)")
_GAP: Final = 2
"""How many columns stand between two cells."""

_FOLDED: Final = 12
"""How narrow a column may be before its words are folded."""

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
    heads = [_name(column).upper() for column in columns]
    cells = [[_cell(value) for value in row] for row in rows]
    widths = _column_widths([heads, *cells], [_whole_columns(row) for row in rows])
    laid_out = Table(box=_ROWS_APART, show_edge=False, show_lines=True, pad_edge=False, padding=(0, 1, 0, 0))
    for number, head in enumerate(heads):
        justify: Literal["left", "right"] = "right" if number in right else "left"
        width = widths[number] if widths is not None else None
        laid_out.add_column(Text(head), justify=justify, overflow="fold", width=width)
    for row in cells:
        laid_out.add_row(*map(Text, row))
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
    """Return a text wrapped and indented; an amount stays on one line."""
    lines = textwrap.wrap(
        _WITHIN_AMOUNT.sub(_NO_BREAK, text),
        text_width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
    )
    return [line.replace(_NO_BREAK, " ") for line in lines]


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


def _column_widths(lines: Sequence[Sequence[str]], whole: Sequence[Sequence[bool]]) -> list[int] | None:
    """Return how wide each column is to be, None where it is for Rich to find a way.

    The widest give way first, down to their longest word, then down to `_FOLDED`; `whole` cells are never wrapped.
    """
    columns = list(zip(*lines, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    words = [max(max(map(cell_len, cell.split()), default=0) for cell in column) for column in columns]
    kept = [0] * len(columns)
    for flags, cells in zip(whole, lines[1:], strict=True):
        kept = [max(one, cell_len(cell)) if flag else one for one, flag, cell in zip(kept, flags, cells, strict=True)]
    room = text_width() - _GAP * (len(widths) - 1)
    for least in (map(max, words, kept), (max(min(word, _FOLDED), one) for word, one in zip(words, kept, strict=True))):
        if _narrow(widths, list(least), room):
            return widths
    return None


def _narrow(widths: list[int], least: Sequence[int], room: int) -> bool:
    """Narrow the widest columns until all have room; return whether they have."""
    while (total := sum(widths)) > room:
        able = [number for number, width in enumerate(widths) if width > least[number]]
        if not able:
            break
        widths[max(able, key=widths.__getitem__)] -= 1
    return total <= room


def _whole_columns(row: Sequence[object]) -> list[bool]:
    return [isinstance(value, datetime | date | Decimal) for value in row]


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


T = TypeVar("T")

PROGRESS_EVERY: Final = 500
"""How many things go by between two lines of progress."""


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


def print_json(value: object) -> None:
    """Write a value as JSON: an object indented, a list with one element a line."""
    if not isinstance(value, list):
        _write(json.dumps(value, ensure_ascii=False, indent=2))
        return
    last = len(value) - 1
    _write("[" if value else "[]")
    for number, one in enumerate(value):
        if not _write(json.dumps(one, ensure_ascii=False) + ("," if number < last else "\n]")):
            return


def print_json_line(value: object) -> bool:
    """Write a value as one line of NDJSON; False once nobody reads any more."""
    return _write(json.dumps(value, ensure_ascii=False))


def print_raw_line(line: str) -> bool:
    """Write one line byte by byte as it is, also what is not UTF-8 (kept as surrogates); False once nobody reads."""
    if sys.stdout is None:
        return False
    try:
        sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "surrogateescape"))
    except BrokenPipeError:
        _turn_away(sys.stdout)
        return False
    return True


def print_lines(lines: Iterable[str]) -> None:
    """Write lines until they end, or nobody reads any more."""
    for line in lines:
        if not _write(plain(line)):
            return


def note(what: Phrase | str) -> None:
    """Write one remark on standard error, line breaks as spaces; what is shaped like an identity number is withheld."""
    if sys.stderr is None:
        return
    text = in_words(what)
    try:
        sys.stderr.write(f"hemgang: {plain(redacted_line(' '.join(text.split())))}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        _turn_away(sys.stderr)


def told(text: str) -> None:
    """Replace the line of progress by another; "" takes it away."""
    if _is_terminal():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def counted(things: Iterable[T], what: str) -> Iterator[T]:
    """Yield the things, telling how many have gone by; `what` they are is a key of `cli.progress`."""
    for number, thing in enumerate(things):
        if number % PROGRESS_EVERY == 0:
            told(words(f"cli.progress.{what}", count=number))
        yield thing
    told("")


def plain(text: str) -> str:
    """Return the text with everything that does not print written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def prepare_streams() -> None:
    """Let both streams carry every letter in UTF-8, whatever the locale; what has no form is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def finish() -> None:
    """Push out what is still buffered; a reader who went away is no fault of ours.

    Raises:
        OSError: what was written cannot be kept, for instance because the disk is full.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _turn_away(sys.stdout)
    except OSError:
        _turn_away(sys.stdout)
        raise


def _write(line: str) -> bool:
    if sys.stdout is None:
        return False
    try:
        sys.stdout.write(f"{line}\n")
    except BrokenPipeError:
        _turn_away(sys.stdout)
        return False
    return True


def _turn_away(stream: TextIO) -> None:
    """Point a stream that fails to nowhere, so that the interpreter does not fail over it again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
