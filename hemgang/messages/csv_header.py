"""The header of a CSV of messages: which columns there are, and what separates them (specification 1.2)."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from hemgang.messages.errors import SourceFormatError
from hemgang.messages.fields import COMMON

DELIMITERS = (",", ";")
NEEDED = tuple(name for name, rule in COMMON.items() if rule.needed)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name as it stands, and the same split at the dots."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The columns in their order, and the character between them."""

    delimiter: str
    columns: tuple[Column, ...]


def read_header(text: str) -> Header:
    """Return the header that the first line is.

    Raises:
        SourceFormatError: if needed columns are missing, a column has no name, stands twice, or is both a
            field and the object of another. Says which needed column or which position, never what the file
            holds.
    """
    readings = [(delimiter, _names(text, delimiter)) for delimiter in DELIMITERS]
    delimiter, names = min(readings, key=lambda reading: len(_missing(reading[1])))
    if missing := _missing(names):
        raise SourceFormatError(
            f"the CSV header lacks the columns {', '.join(missing)}"
            "; columns are separated by , or ; and named as the fields in NDJSON"
        )
    paths = [tuple(name.split(".")) for name in names]
    for position, path in enumerate(paths, start=1):
        _check(path, paths[: position - 1], position)
    return Header(delimiter, tuple(Column(".".join(path), path) for path in paths))


def _names(text: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except csv.Error:
        return []


def _missing(names: Sequence[str]) -> list[str]:
    return [name for name in NEEDED if name not in names]


def _check(path: tuple[str, ...], before: Sequence[tuple[str, ...]], position: int) -> None:
    if not all(path):
        raise SourceFormatError(f"column {position} of the CSV header has no name, or an empty part between dots")
    for earlier in before:
        shorter = min(len(path), len(earlier))
        if path[:shorter] == earlier[:shorter]:
            raise SourceFormatError(f"column {position} of the CSV header stands for a field that an earlier one gives")
