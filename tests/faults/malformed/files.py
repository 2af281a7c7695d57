"""Files of mutated lines, made from a seed: some dozen lines each, NDJSON or CSV, a few whole in other letters."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.malformed.corpus import csv_header, csv_row, good, ndjson
from tests.faults.malformed.mutations import LETTERS, mutated
from tests.faults.malformed.odd_values import change

LINES = 50
MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, what separates its columns if it is CSV ("" for NDJSON), and whether it is laid on the disk."""

    data: bytes
    delimiter: str = ""
    laid_down: bool = False


def files(seed: str, lines: int) -> Iterator[File]:
    """Yield files with that many mutated lines together; a third of them CSV."""
    chance = random.Random(seed)  # noqa: S311  no secret
    left = lines
    while left > 0:
        part = min(LINES, left)
        left -= part
        yield _file(chance, part)


def _file(chance: random.Random, lines: int) -> File:
    delimiter = chance.choice(("", "", "", "", ",", ";"))
    rows = [_line(chance, delimiter) for _ in range(lines)]
    if delimiter:
        header = csv_header(delimiter)
        rows.insert(0, mutated(chance, header, rows[0] or b"x") if chance.random() < 0.1 else header)
    data = chance.choice((b"\n", b"\n", b"\n", b"\r\n")).join(rows) + chance.choice((b"", b"\n", b"\n\n"))
    if chance.random() < 0.1:
        data = MARK + data
    if chance.random() < 0.02:
        data = data.decode("utf-8", "replace").encode(chance.choice(LETTERS), "replace")
    return File(data, delimiter, laid_down=chance.random() < 0.02)


def _line(chance: random.Random, delimiter: str) -> bytes:
    content, other = chance.choice(good()), chance.choice(good())
    if chance.random() < 0.6:
        content = change(chance, content)
        if chance.random() < 0.2 and content:
            content = change(chance, content)
    escaped = chance.random() < 0.3
    line = _written(content, delimiter, escaped=escaped)
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 4))):
        line = mutated(chance, line, _written(other, delimiter, escaped=False)) if line else line
    return line


def _written(content: dict[str, Any], delimiter: str, *, escaped: bool) -> bytes:
    return csv_row(content, delimiter) if delimiter else ndjson(content, escaped=escaped)
