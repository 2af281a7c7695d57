"""Messages as CSV: the header names the fields of NDJSON, nested ones dotted (specification 1.2).

UTF-8. Lists are separated by `;`. The header says whether `,` or `;` separates the columns. An empty cell is
an absent field. A row is one line: a cell holds no line break. Only `age` is turned into a number; every
other cell is text.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from hemgang.findings import Code
from hemgang.messages.csv_header import Column, Header, read_header
from hemgang.messages.errors import SourceFormatError
from hemgang.messages.fields import FieldKind, names_of
from hemgang.messages.lines import Line, rejected, text_lines
from hemgang.messages.outcome import ROW


def read_csv(stream: BinaryIO) -> Iterator[Line]:
    """Yield every row that holds something, streaming: its object, or the rejection of one that does not fit.

    Raises:
        SourceFormatError: when reading begins, if the header is missing or cannot be used.
    """
    lines = text_lines(stream)
    first = next(lines, None)
    if first is None or isinstance(first[1], Code):
        raise SourceFormatError("the CSV has no header: its first line must name the columns, in UTF-8")
    header = read_header(first[1])
    for number, text in lines:
        if isinstance(text, Code):
            yield rejected(number, text)
            continue
        cells = _cells(text, header.delimiter)
        if cells is None or len(cells) != len(header.columns):
            yield rejected(number, Code.INVALID_FIELD, text, place=ROW)
        elif any(cells):
            yield Line(number, _object(header, cells), text)


def _cells(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _object(header: Header, cells: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, cell in zip(header.columns, cells, strict=True):
        if cell:
            _place(found, column, _value(column, cell))
    return found


def _place(found: dict[str, Any], column: Column, value: object) -> None:
    for name in column.path[:-1]:
        found = found.setdefault(name, {})
    found[column.path[-1]] = value


def _value(column: Column, cell: str) -> str | int | list[str]:
    if column.name in _LISTS:
        return [item for part in cell.split(";") if (item := part.strip())]
    if column.name in _NUMBERS and _WHOLE.fullmatch(cell):
        return int(cell)
    return cell


_LISTS = names_of(FieldKind.NAMES, FieldKind.NAME_OR_NAMES)
_NUMBERS = names_of(FieldKind.AGE)
_WHOLE = re.compile("[0-9]{1,3}")
