"""What a command writes: JSON or lines on standard output, remarks on standard error, never a word that rings a bell.

Text from messages may hold control characters; on the way to a terminal they are written out as escapes.

A line on the terminal that says how far long work has come; nothing where standard error is no terminal.

Tables as plain text, aligned and at most 100 columns wide: what does not fit is wrapped in the last column.
"""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TextIO, TypeVar

from hemgang.cli.language import in_words, words
from hemgang.i18n.catalogue import Phrase
from hemgang.messages.identity_numbers import redacted_line


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


T = TypeVar("T")

EVERY = 500


def told(text: str) -> None:
    """Replace the line of progress by another; "" takes it away."""
    if _is_terminal():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def counted(things: Iterable[T], what: str) -> Iterator[T]:
    """Yield the things, telling how many have gone by; `what` they are is a key of `cli.progress`."""
    for number, thing in enumerate(things):
        if number % EVERY == 0:
            told(words(f"cli.progress.{what}", count=number))
        yield thing
    told("")


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


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
