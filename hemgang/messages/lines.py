"""Lines of a source, read without ever holding one that is too long (specification 1.2 and 7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hemgang.findings import Code
from hemgang.messages.outcome import Problem, Rejection

LONGEST_LINE = 1 << 20
"""Bytes that a line may have, its end not counted: 1 MiB."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source, counted from 1, blank lines too.

    `content` is the JSON object, still unchecked, or the rejection of a line that holds none. `text` is the
    line as it came, without its end; None where it is too long or not UTF-8. Neither is shown by `repr`: they
    may name a person.
    """

    number: int
    content: Mapping[str, Any] | Rejection = field(repr=False)
    text: str | None = field(default=None, repr=False)


def text_lines(stream: BinaryIO) -> Iterator[tuple[int, str | Code]]:
    """Yield the lines of a UTF-8 stream that are not blank: the number from 1, and the text without its end.

    Where a line has no text its code stands instead; a byte order mark is dropped.
    A line of more than 1 MiB is `line_too_long` and one that is not UTF-8 `invalid_encoding`; reading goes on
    after it.
    """
    for number, line in enumerate(_lines(stream), start=1):
        if line is None:
            yield number, Code.LINE_TOO_LONG
            continue
        try:
            text = (line.removeprefix(_MARK) if number == 1 else line).decode()
        except UnicodeDecodeError:
            yield number, Code.INVALID_ENCODING
            continue
        if text and not text.isspace():
            yield number, text.rstrip("\r\n")


def rejected(number: int, code: Code, text: str | None = None, *, place: str | None = None) -> Line:
    """Return a line that is rejected as a whole; `place` is what the problem names as its field."""
    return Line(number, Rejection((Problem(code, place),)), text)


_MARK = b"\xef\xbb\xbf"
_AT_ONCE = 1 << 16


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line with its end, None for one that is too long; never more than one is held."""
    while line := stream.readline(LONGEST_LINE + 2):
        if len(line) <= LONGEST_LINE or (line.endswith(b"\n") and len(line.rstrip(b"\r\n")) <= LONGEST_LINE):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_AT_ONCE)
        yield None
