"""The tables of a directory file as they are read: typed values, and every fault with its line and key."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agreements.toml_text import KeyPath
from hemgang.errors import ConfigurationError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a directory file: its line (from 1) and one sentence that names the table and the key."""

    line: int
    text: str


def one_line(text: str) -> str:
    """Return a sentence in which what is quoted from the file takes no line of its own."""
    return "".join(char if char.isprintable() else " " for char in text)


NO_LINE = 0
"""Where a fault is of the file as a whole."""


class DirectoryError(ConfigurationError):
    """The directory file cannot be used; one line for each of `problems`, in the order of the file."""

    def __init__(self, path: Path, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        places = ((path if one.line == NO_LINE else f"{path}:{one.line}", one.text) for one in self.problems)
        super().__init__("\n".join(f"{place}: {text}" for place, text in places))


@dataclass(frozen=True, slots=True)
class TableLines:
    """The lines (from 1) of one table: `place` is the way to it in the file's `places`."""

    places: Mapping[KeyPath, int]
    place: KeyPath

    def of(self, key: str | None) -> int:
        """Return the line of a key, the table's own line for a key that is not there."""
        return self.places.get((*self.place, key), self.places[self.place]) if key else self.places[self.place]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file: what it says, where, and the list that its faults are added to."""

    name: str
    content: Mapping[str, object]
    lines: TableLines
    problems: list[Problem]

    @property
    def label(self) -> str:
        """What the table is called in an error: `unit "vc-1"`, or `settings`."""
        named = self.content.get("id")
        return f'{self.name} "{named}"' if isinstance(named, str) else self.name

    def fault(self, key: str | None, text: str) -> None:
        """Note a fault of a key, or of the table where no key is named."""
        where = f"{self.label}: {key}" if key else self.label
        self.problems.append(Problem(self.lines.of(key), one_line(f"{where}: {text}")))

    def only(self, allowed: Iterable[str]) -> None:
        """Note every key that is not one of `allowed`."""
        known = tuple(allowed)
        for key in self.content:
            if key not in known:
                self.fault(key, f"unknown key; known are {', '.join(known)}")

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a text, None (and a fault if it is required) where there is none."""
        value = self.content.get(key)
        if value is None:
            if required:
                self.fault(None, f"needs the key {key}")
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(key, "must be a text in quotes that is not empty")
            return None
        return value

    def read(self, key: str, reader: Callable[[str], T]) -> T | None:
        """Return a text as `reader` understands it; what the reader refuses (ValueError) becomes a fault."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return reader(value)
        except ValueError as refused:
            self.fault(key, str(refused))
            return None

    def number(self, key: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included; the default where it is missing or wrong."""
        value = self.content.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(key, f"must be a whole number from {low} to {high}")
        return default
