"""What a command writes: JSON or lines on standard output, remarks and progress on standard error.

Text from messages may hold control characters; on the way to a terminal they are written out as escapes.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, TextIO, TypeVar

from hemgang.cli.language import in_words, words
from hemgang.i18n.catalogue import Phrase
from hemgang.messages.identity_numbers import redacted_line

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
