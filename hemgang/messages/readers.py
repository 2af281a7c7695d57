"""Sources of messages as NDJSON or CSV, from a file or standard input, read line by line (specification 1.2, 7).

NDJSON is one JSON object a line in UTF-8, JSON as RFC 8259 has it and no more: no NaN, no infinity, no key twice, no
nesting without end. The header of a CSV names the same fields, nested ones dotted; it says whether `,` or `;` separates
columns. In a CSV lists are separated by `;`, an empty cell is an absent field, a row is one line, and only `age`
becomes a number. A line that is too long is never held in memory.
"""

import csv
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from hemgang.findings import Code
from hemgang.messages.identity_numbers import holds_identity_number
from hemgang.messages.model import ROW, Problem, Rejection, SourceFormatError, SourceUnreadableError
from hemgang.messages.schema import COMMON, FieldKind, names_of

LONGEST_LINE = 1 << 20
"""Bytes that a line may have, its end not counted: 1 MiB."""

STANDARD_INPUT = "-"


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


def open_source(source: Path | str) -> Iterator[Line]:
    """Yield the lines of a file, streaming: CSV if its name ends in `.csv`, else NDJSON.

    `-` is NDJSON on standard input.
    The file is opened when the first line is asked for, and closed at the end or when the iterator is closed.

    Raises:
        SourceUnreadableError: if the file cannot be opened or read.
        SourceFormatError: if it is a CSV whose header cannot be used, or no lines of messages at all.
    """
    try:
        if str(source) == STANDARD_INPUT:
            yield from read_ndjson(_checked_beginning(sys.stdin.buffer, STANDARD_INPUT))
            return
        path = Path(source)
        with path.open("rb") as stream:
            is_csv = path.suffix.lower() == ".csv"
            _checked_beginning(stream, _source_name(str(source)), is_csv=is_csv)
            yield from read_csv(stream) if is_csv else read_ndjson(stream)
    except OSError as error:
        raise SourceUnreadableError(f"{_source_name(str(source))} cannot be read: {error.strerror}") from None


def read_ndjson(stream: BinaryIO) -> Iterator[Line]:
    """Yield every line that is not blank, streaming: its object, or the rejection of a line that holds none.

    A line that is not one JSON object, repeats a key, holds NaN or nests without end is `invalid_json`.
    """
    for number, text in _text_lines(stream):
        if isinstance(text, Code):
            yield _rejected(number, text)
            continue
        try:
            yield Line(number, read_object(text), text)
        except ValueError:
            yield _rejected(number, Code.INVALID_JSON, text)


def read_object(text: str) -> dict[str, Any]:
    """Return the JSON object that the text is.

    Raises:
        ValueError: if it is none, or holds what is refused here. The error's own text may quote the line: do
            not show it.
    """
    try:
        value = _decoded(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def read_csv(stream: BinaryIO) -> Iterator[Line]:
    """Yield every row that holds something, streaming: its object, or the rejection of one that does not fit.

    Raises:
        SourceFormatError: when reading begins, if the header is missing or cannot be used.
    """
    lines = _text_lines(stream)
    first = next(lines, None)
    if first is None or isinstance(first[1], Code):
        raise SourceFormatError("the CSV has no header: its first line must name the columns, in UTF-8")
    header = _read_header(first[1])
    for number, text in lines:
        if isinstance(text, Code):
            yield _rejected(number, text)
            continue
        cells = _cells(text, header.delimiter)
        if cells is None or len(cells) != len(header.columns):
            yield _rejected(number, Code.INVALID_FIELD, text, place=ROW)
        elif any(cells):
            yield Line(number, _object(header, cells), text)


def _text_lines(stream: BinaryIO) -> Iterator[tuple[int, str | Code]]:
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


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line with its end, None for one that is too long; never more than one is held."""
    while line := stream.readline(LONGEST_LINE + 2):
        if len(line) <= LONGEST_LINE or (line.endswith(b"\n") and len(line.rstrip(b"\r\n")) <= LONGEST_LINE):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_SKIPPED_BYTES)
        yield None


def _rejected(number: int, code: Code, text: str | None = None, *, place: str | None = None) -> Line:
    """Return a line that is rejected as a whole; `place` is what the problem names as its field."""
    return Line(number, Rejection((Problem(code, place),)), text)


_MARK = b"\xef\xbb\xbf"

_SKIPPED_BYTES = 1 << 16

_BEGINNINGS = (
    (b"PK\x03\x04", "this is a workbook or another ZIP file: save it as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is a workbook: save it as CSV"),
    (b"%PDF-", "this is a PDF: export NDJSON or CSV instead"),
    (b"\x1f\x8b", "this is compressed: unpack it first (zcat FILE | hemgang ingest -)"),
)
"""How files begin that no line of messages begins like, and what to do with each."""

_ARRAY = "one JSON object a line; this is an array (jq -c '.[]' FILE makes lines of it)"

_BEGINNING_BYTES = 4096


def _checked_beginning(stream: BinaryIO, name: str, *, is_csv: bool = False) -> BinaryIO:
    """Return the stream unread, unless its beginning shows that no line of it can be a message.

    Raises:
        SourceFormatError: it is a workbook, a PDF, compressed, or a JSON array.
    """
    beginning = stream.peek(_BEGINNING_BYTES) if isinstance(stream, BufferedReader) else b""
    for mark, text in _BEGINNINGS:
        if beginning.startswith(mark):
            raise SourceFormatError(f"{name}: {text}")
    if not is_csv and _begins_an_array(beginning):
        raise SourceFormatError(f"{name}: {_ARRAY}")
    return stream


def _begins_an_array(beginning: bytes) -> bool:
    """Whether `[` is followed by an object, or by nothing more on its line; `[]` alone is one bad line."""
    text = beginning.removeprefix(_MARK).lstrip()
    return text.startswith(b"[") and (text[1:].lstrip()[:1] == b"{" or text[1:].lstrip(b" \t\r")[:1] == b"\n")


def _source_name(name: str) -> str:
    return "the file (its name may be an identity number)" if holds_identity_number(name) else name


_DELIMITERS = (",", ";")

_NEEDED = tuple(name for name, rule in COMMON.items() if rule.needed)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: its name as it stands, and the same split at the dots."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """The columns in their order, and the character between them."""

    delimiter: str
    columns: tuple[_Column, ...]


def _read_header(text: str) -> _Header:
    """Return the header that the first line is.

    Raises:
        SourceFormatError: if needed columns are missing, a column has no name, stands twice, or is both a
            field and the object of another. Says which needed column or which position, never what the file
            holds.
    """
    readings = [(delimiter, _column_names(text, delimiter)) for delimiter in _DELIMITERS]
    delimiter, names = min(readings, key=lambda reading: len(_missing(reading[1])))
    if missing := _missing(names):
        raise SourceFormatError(
            f"the CSV header lacks the columns {', '.join(missing)}"
            "; columns are separated by , or ; and named as the fields in NDJSON"
        )
    paths = [tuple(name.split(".")) for name in names]
    for position, path in enumerate(paths, start=1):
        _check_column(path, paths[: position - 1], position)
    return _Header(delimiter, tuple(_Column(".".join(path), path) for path in paths))


def _column_names(text: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except csv.Error:
        return []


def _missing(names: Sequence[str]) -> list[str]:
    return [name for name in _NEEDED if name not in names]


def _check_column(path: tuple[str, ...], before: Sequence[tuple[str, ...]], position: int) -> None:
    if not all(path):
        raise SourceFormatError(f"column {position} of the CSV header has no name, or an empty part between dots")
    for earlier in before:
        shorter = min(len(path), len(earlier))
        if path[:shorter] == earlier[:shorter]:
            raise SourceFormatError(f"column {position} of the CSV header stands for a field that an earlier one gives")


def _cells(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _object(header: _Header, cells: Sequence[str]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for column, cell in zip(header.columns, cells, strict=True):
        if cell:
            _place(content, column, _value(column, cell))
    return content


def _place(content: dict[str, Any], column: _Column, value: object) -> None:
    for name in column.path[:-1]:
        content = content.setdefault(name, {})
    content[column.path[-1]] = value


def _value(column: _Column, cell: str) -> str | int | list[str]:
    if column.name in _LISTS:
        return [item for part in cell.split(";") if (item := part.strip())]
    if column.name in _NUMBERS and _WHOLE.fullmatch(cell):
        return int(cell)
    return cell


_LISTS = names_of(FieldKind.NAMES, FieldKind.NAME_OR_NAMES)

_NUMBERS = names_of(FieldKind.AGE)

_WHOLE = re.compile("[0-9]{1,3}")


def _decoded(text: str) -> object:
    """Decode a text; one without white space around it, as nearly every line is, in a single scan."""
    if text[:1] != "{":
        return _DECODER.decode(text)
    value, end = _DECODER.raw_decode(text)
    return value if end == len(text) else _DECODER.decode(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


def _no_constant(name: str) -> None:
    raise ValueError("NaN and infinity are no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
