"""What a backup says of itself: its format, the version of the tables, and what each part must hold.

The file is a ZIP archive of one part a table (`message.ndjson`), a row a line, and `manifest.json`, written last.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hemgang.store.backup.errors import BackupError

NAME = "manifest.json"
KIND = "hemgang backup"
FORMAT = 1
"""Rises when an older hemgang could no longer read the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table: its columns in the order of each row, how many rows, and the SHA-256 of its lines, uncompressed."""

    table: str
    columns: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def name(self) -> str:
        """The name of the part in the archive."""
        return part_name(self.table)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's own account: `revision` is the version of its tables, `hemgang` and `database` what made it."""

    made_at: datetime
    revision: str
    hemgang: str
    database: str
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(part.rows for part in self.parts)


def part_name(table: str) -> str:
    """Return the name of a table's part in the archive."""
    return f"{table}.ndjson"


def as_text(manifest: Manifest) -> str:
    """Return a manifest as the JSON that is stored."""
    told = {
        "kind": KIND,
        "format": FORMAT,
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.revision,
        "hemgang": manifest.hemgang,
        "database": manifest.database,
        "tables": [asdict(part) for part in manifest.parts],
    }
    return json.dumps(told, indent=1)


def from_text(text: str) -> Manifest:
    """Return the manifest that a text holds.

    Raises:
        BackupError: it is no manifest, or one of a newer format.
    """
    try:
        told = json.loads(text)
        kind, form = told["kind"], told["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError("the file is no backup of hemgang") from error
    if kind != KIND or not isinstance(form, int):
        raise BackupError("the file is no backup of hemgang")
    if form > FORMAT:
        raise BackupError(f"the backup has format {form}, which this hemgang cannot read: upgrade hemgang")
    try:
        return _manifest(told)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError("the backup's manifest is damaged") from error


def _manifest(told: Mapping[str, Any]) -> Manifest:
    parts = tuple(
        Part(str(one["table"]), tuple(map(str, one["columns"])), int(one["rows"]), str(one["sha256"]))
        for one in told["tables"]
    )
    return Manifest(
        made_at=datetime.fromisoformat(told["made_at"]),
        revision=str(told["revision"]),
        hemgang=str(told["hemgang"]),
        database=str(told["database"]),
        parts=parts,
    )
