"""The line on which a table or key stands in a TOML text; the standard reader does not tell it (specification 3.5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_HEADER = re.compile(r"\s*\[{1,2}\s*\"?([A-Za-z0-9_.-]+)\"?\s*\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")
_TRIPLE = re.compile(r"\"\"\"|'''")


@dataclass(slots=True)
class TableLines:
    """Where one table begins, and where each of its keys stands; lines from 1."""

    begins: int
    keys: dict[str, int] = field(default_factory=dict)

    def of(self, key: str | None) -> int:
        """Return the line of a key, the table's own line for a key that is not there."""
        return self.keys.get(key, self.begins) if key else self.begins


def table_lines(text: str) -> Mapping[str, list[TableLines]]:
    """Return every table of a TOML text by name, in order: `[[unit]]` has one entry each time it stands there.

    Keys before the first table belong to "". A text of several lines (three quotes) is skipped.
    """
    tables = {"": [TableLines(1)]}
    current = tables[""][0]
    within = False
    for number, line in enumerate(text.splitlines(), start=1):
        inside_text, within = within, within ^ bool(len(_TRIPLE.findall(line)) % 2)
        if inside_text:
            continue
        if header := _HEADER.fullmatch(line):
            current = TableLines(number)
            tables.setdefault(header[1], []).append(current)
        elif key := _KEY.match(line):
            current.keys.setdefault(key[1], number)
    return tables
