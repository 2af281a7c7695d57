"""One row of a table as one line of JSON, the same from every database, and back; and a sum over such lines."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

from hemgang.store.instants import UtcDateTime

_ALL = 1 << 256


def line_of(row: Sequence[Any]) -> bytes:
    """Return a row as a line: a JSON array of its values, instants in UTC, and a line feed.

    Raises:
        TypeError: a value has no form in a backup.

    >>> line_of(["m1", None, 3, True, datetime(2023, 3, 1, 8, tzinfo=UTC)]).decode().strip()
    '["m1",null,3,true,"2023-03-01T08:00:00+00:00"]'
    """
    return f"{_ENCODER.encode(list(row))}\n".encode()


def reader_of(table: Table, columns: Sequence[str]) -> Callable[[bytes], dict[str, Any]]:
    """Return a function from a line to the row's values by column.

    That function raises ValueError for a line that is no row of so many columns.
    """
    instants = [name for name in columns if isinstance(table.columns[name].type, UtcDateTime)]

    def read(line: bytes) -> dict[str, Any]:
        row = dict(zip(columns, json.loads(line), strict=True))
        for name in instants:
            if row[name] is not None:
                row[name] = datetime.fromisoformat(row[name])
        return row

    return read


class Sum:
    """A checksum over lines that does not depend on their order, which databases see differently."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        """Count one line."""
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _ALL

    def __eq__(self, other: object) -> bool:
        """Whether the same lines were counted."""
        return isinstance(other, Sum) and (self.rows, self._sum) == (other.rows, other._sum)

    __hash__ = None  # type: ignore[assignment]  # it changes


def _instant(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no form in a backup")
    return value.astimezone(UTC).isoformat()


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_instant)
