"""A TOML file read for the agreements: its content, its digest, and on which line a key stands."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import tree_sitter_toml
from pydantic import BaseModel, ConfigDict, ValidationError
from tree_sitter import Language, Node, Parser

from agreements.errors import AgreementFileError

SHIPPED = Path(__file__).parent


class TableShape(BaseModel):
    """The shape of one table: every key typed, none beside them; a field's description says what would be right."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_default=True)


S = TypeVar("S", bound=TableShape)

KeyPath = tuple[str | int, ...]
"""The way to a value from the top of a file: keys, and the number of an element (from 0), as ("clause", 0, "id")."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A read file: `label` is how messages name it, `places` on which line (from 1) each table and key stands."""

    name: str
    label: str
    content: dict[str, object]
    places: Mapping[KeyPath, int]

    @property
    def digest(self) -> str:
        """SHA-256 over the content with sorted keys; comments and layout do not change it."""
        canonical = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def allow(self, tables: tuple[str, ...]) -> None:
        """Refuse tables that nobody reads.

        Raises:
            AgreementFileError: the file has an unknown table.
        """
        for key in self.content:
            if key not in tables:
                reason = f"unknown table; known are {', '.join(tables)}"
                raise AgreementFileError(file=self.label, key=key, reason=reason, line=self.line_of(key))

    def table(self, header: str) -> dict[str, object]:
        """Return the table `[header]`.

        Raises:
            AgreementFileError: there is none.
        """
        found = self.content.get(header)
        if not isinstance(found, dict):
            raise AgreementFileError(file=self.label, key=header, reason=f"the table [{header}] is missing")
        return found

    def tables(self, header: str) -> list[dict[str, object]]:
        """Return the tables `[[header]]` in the order in which they stand.

        Raises:
            AgreementFileError: the key holds something else.
        """
        found = self.content.get(header, [])
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            raise AgreementFileError(file=self.label, key=header, reason=f"must be [[{header}]] tables")
        return found

    def line_of(self, header: str, *, nth: int = 0, key: str = "") -> int | None:
        """Return the 1-based line of the nth table with this header, or of a key in it; None if not found.

        `key` may be dotted: `cutoff.value` is the key `value` of the table `[header.cutoff]`. A key that is not there
        has the line of the table that it is missing from.
        """
        start: KeyPath = (header, nth) if (header, nth) in self.places else (header,)
        if start not in self.places or (len(start) == 1 and nth):
            return None
        line = self.places[start]
        for part in key.split(".") if key else ():
            start = (*start, part)
            if start not in self.places:
                break
            line = self.places[start]
        return line


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file with exact decimals.

    Raises:
        AgreementFileError: the file is missing, not UTF-8 or not TOML; names the line where the parser does.
    """
    label = f"agreements/{path.name}" if path.parent == SHIPPED else str(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text, parse_float=Decimal)
    except OSError as problem:
        reason = f"cannot be read: {problem.strerror}"
        raise AgreementFileError(file=label, key="file", reason=reason) from problem
    except UnicodeDecodeError as problem:
        raise AgreementFileError(file=label, key="file", reason="is not UTF-8") from problem
    except tomllib.TOMLDecodeError as problem:
        raise AgreementFileError(file=label, key="file", reason=f"is not valid TOML: {problem}") from problem
    return TomlFile(name=path.stem, label=label, content=content, places=places_in(text))


def places_in(text: str) -> Mapping[KeyPath, int]:
    """Return the line (from 1) of every table, key and element of a valid TOML text; the parser's tree tells them."""
    index = _Index()
    for node in Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            index.pair(node, ())
        elif node.type in {"table", "table_array_element"}:
            index.table(node)
    return index.lines


class Faults:
    """Gathers every fault of a file, so that one reading tells them all in the order in which they stand."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self._found: set[tuple[int, str]] = set()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._found)

    def __str__(self) -> str:
        """One line for each fault: file, line where known, key, and what would be right."""
        label = self.file.label
        return "\n".join(
            f"{label}:{line}: {text}" if line else f"{label}: {text}" for line, text in sorted(self._found)
        )

    def note(self, place: KeyPath, named: str, reason: str) -> None:
        """Note a fault; a place that is not there has the line of the table that it is missing from."""
        while place and place not in self.file.places:
            place = place[:-1]
        text = "".join(char if char.isprintable() else " " for char in f"{named}: {reason}")
        self._found.add((self.file.places.get(place, 0), text))

    def tables(self, header: str) -> list[dict[str, object]]:
        """Return the tables `[[header]]`; none, and a fault, where the key holds something else."""
        try:
            return self.file.tables(header)
        except AgreementFileError as problem:
            self.note((header,), problem.key, problem.reason)
            return []

    def read(self, shape: type[S], table: Mapping[str, object], *, place: KeyPath, title: str) -> S | None:
        """Return a table in its shape, or None with every fault of its keys noted under `title`."""
        try:
            return shape.model_validate(table)
        except ValidationError as wrong:
            wanted = {field.alias or name: field.description or "" for name, field in shape.model_fields.items()}
            for one in wrong.errors(include_url=False, include_input=False):
                key = str(one["loc"][0])
                match one["type"]:
                    case "extra_forbidden":
                        reason = f"unknown key; known are {', '.join(wanted)}"
                    case "missing":
                        reason = f"is missing; {wanted[key]}"
                    case "value_error":
                        reason = str(one["ctx"]["error"])
                    case _:
                        reason = wanted[key]
                self.note((*place, *one["loc"]), f"{title}.{key}", reason)
            return None


class _Index:
    """Gathers lines by place while the tree of a file is walked from top to bottom."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._elements: dict[KeyPath, int] = {}

    def table(self, node: Node) -> None:
        """Note `[a.b]` or `[[a.b]]` and all its keys."""
        line, (head, *pairs) = _line(node), [child for child in node.named_children if child.type != "comment"]
        *above, last = _keys(head)
        place: KeyPath = ()
        for key in above:
            place = self._current((*place, key))
            self.lines.setdefault(place, line)
        place = (*place, last)
        if node.type == "table_array_element":
            self.lines.setdefault(place, line)
            self._elements[place] = self._elements.get(place, 0) + 1
            place = self._current(place)
        self.lines[place] = line
        for pair in pairs:
            self.pair(pair, place)

    def pair(self, node: Node, place: KeyPath) -> None:
        """Note `a.b = value`, and what stands in the value."""
        head, value = (child for child in node.named_children if child.type != "comment")
        for key in _keys(head):
            place = (*place, key)
            self.lines.setdefault(place, _line(node))
        self._value(value, place)

    def _value(self, node: Node, place: KeyPath) -> None:
        inner = [child for child in node.named_children if child.type != "comment"]
        if node.type == "inline_table":
            for pair in inner:
                self.pair(pair, place)
        elif node.type == "array":
            for number, element in enumerate(inner):
                self.lines[(*place, number)] = _line(element)
                self._value(element, (*place, number))

    def _current(self, place: KeyPath) -> KeyPath:
        """The last element of an array of tables, which is what a header below it belongs to."""
        return (*place, self._elements[place] - 1) if place in self._elements else place


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _keys(node: Node) -> list[str]:
    """The parts of a bare, quoted or dotted key, escapes resolved."""
    text = (node.text or b"").decode()
    rest, keys = tomllib.loads(f"{text} = 0"), []
    while isinstance(rest, dict):
        ((key, rest),) = rest.items()
        keys.append(key)
    return keys
