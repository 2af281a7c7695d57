"""A row of CSV split a second time, letter by letter, and made an object as specification 1.2 says; nothing shared."""

import re
from typing import Any

LONGEST_CELL = 131_072
LISTS = frozenset({"groups", "to"})
AGE = re.compile("[0-9]{1,3}")


def cells_of(row: str, delimiter: str) -> list[str] | None:
    """Return the cells of a row, None where its quotes or line breaks are wrong, or a cell is far too long."""
    cells: list[str] = []
    place, end = 0, len(row)
    while True:
        cell, place = _quoted(row, place) if row[place : place + 1] == '"' else _bare(row, place, delimiter)
        if cell is None or len(cell) > LONGEST_CELL or (place < end and row[place] != delimiter):
            return None
        cells.append(cell)
        if place >= end:
            return cells
        place += 1


def object_of(columns: list[str], cells: list[str]) -> dict[str, Any]:
    """Return the object of a row: an empty cell is no field, lists are parted by `;`, an age is a number."""
    found: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=True):
        if not cell:
            continue
        value: Any = cell
        if name in LISTS:
            value = [part.strip() for part in cell.split(";") if part.strip()]
        elif name == "age" and AGE.fullmatch(cell):
            value = int(cell)
        *outer, inner = name.split(".")
        place = found
        for step in outer:
            place = place.setdefault(step, {})
        place[inner] = value
    return found


def _bare(row: str, place: int, delimiter: str) -> tuple[str | None, int]:
    until = row.find(delimiter, place)
    until = len(row) if until < 0 else until
    cell = row[place:until]
    return (None if "\r" in cell or "\n" in cell else cell), until


def _quoted(row: str, place: int) -> tuple[str | None, int]:
    parts: list[str] = []
    place += 1
    while True:
        until = row.find('"', place)
        if until < 0:
            return None, place
        parts.append(row[place:until])
        if row[until + 1 : until + 2] != '"':
            return "".join(parts), until + 1
        parts.append('"')
        place = until + 2
