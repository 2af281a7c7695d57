"""A TOML file with the line of every key, read into shapes with all its faults at once, and the errors of agreements.

Values come from `tomllib` with exact decimals, lines from the tree of `tree-sitter-toml`, shapes from pydantic
(decision 0019). Every file of an installation is read through it: agreements, rates, payers, the directory, the ladder
and the retention rules.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, get_args

import tree_sitter_toml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from tree_sitter import Language, Node, Parser

SHIPPED = Path(__file__).parent

KeyPath = tuple[str | int, ...]
"""The way to a value from the top of a file: keys, and the number of an element (from 0), as ("clause", 0, "id")."""

OF_TABLE = "of_table"
"""The type of a pydantic error that is raised at a key, but concerns the whole table that the key would stand in."""


class AgreementError(Exception):
    """Something in the agreements, or asked of them, that the user can put right."""


UNREADABLE = "unreadable"
"""The code of a file that is not there, no text or no TOML: nothing can be said of its keys."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is amiss with one key of one file: a stable `code`, a message, and the line where known."""

    code: str
    file: str
    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        """One line: file, line where known, key where the file could be read, and what would be right."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}" if self.code == UNREADABLE else f"{place}: {self.key}: {self.message}"


class AgreementFileError(AgreementError):
    """Files of agreements, rates or payers cannot be used as they stand; `problems` holds every one, a line each."""

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems, one or more, and say each in a line."""
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class UnknownAgreement(AgreementError):
    """No agreement of that name is loaded; lists those that are."""

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        """Keep the name asked for."""
        self.name = name
        super().__init__(f"there is no agreement {name!r}; known are {', '.join(known)}")


class ParameterNotInForce(AgreementError):
    """A value was asked for outside its dates; the last known one is never given instead."""

    def __init__(self, *, agreement: str, name: str, day: date, dates: str) -> None:
        """Keep agreement, name and day; `dates` says when the value does hold."""
        self.agreement = agreement
        self.name = name
        self.day = day
        super().__init__(f"agreement {agreement}: {name} is not in force on {day}; it holds {dates}")


class RateUnknown(AgreementError):
    """The amount a care day is not known for the year; the message names the file and the key to add."""

    def __init__(self, *, file: str, year: int) -> None:
        """Keep the file and the year."""
        self.file = file
        self.year = year
        super().__init__(
            f"{file}: no amount a care day is known for {year}; "
            f"add [[rate]] with year = {year}, amount_kr, clause, and quote with source or assumption"
        )


class SourceNotFound(AgreementError):
    """The source texts that the quotes are compared with are not where they were looked for."""


class TableShape(BaseModel):
    """The shape of one table: every key typed, none beside them; a field's description says what would be right."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_default=True)


S = TypeVar("S", bound=TableShape)


@dataclass(frozen=True)
class TomlFile:
    """A read file: `label` is how messages name it."""

    name: str
    label: str
    text: str
    content: dict[str, object]

    @cached_property
    def places(self) -> Mapping[KeyPath, int]:
        """The line (from 1) of each table and key; only errors name lines, so a faultless file is parsed once."""
        return places_in(self.text)

    @property
    def digest(self) -> str:
        """SHA-256 over the content with sorted keys; comments and layout do not change it."""
        canonical = json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def line_of(self, *place: str | int) -> int | None:
        """Return the line (from 1) of a table or key; of the table it is missing from where it is not there."""
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file with exact decimals.

    Raises:
        AgreementFileError: the file is missing, not UTF-8 or not TOML; names the line where the parser does.
    """
    label = f"agreements/{path.name}" if path.parent == SHIPPED else str(path)
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text, parse_float=Decimal)
    except OSError as problem:
        raise _unreadable(label, f"cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise _unreadable(label, "is not UTF-8; save the file with that encoding", line) from None
    except tomllib.TOMLDecodeError as problem:
        at = _AT_LINE.search(str(problem))
        line = int(at[1]) if at else len(text.splitlines()) or 1
        raise _unreadable(label, f"is not valid TOML: {_AT_LINE.sub('', str(problem))}", line) from problem
    return TomlFile(name=path.stem, label=label, text=text, content=content)


_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def _unreadable(label: str, reason: str, line: int | None = None) -> AgreementFileError:
    return AgreementFileError(Problem(UNREADABLE, label, "file", reason, line))


class Faults:
    """Gathers every fault of a file, so that one reading tells them all in the order in which they stand."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self._noted: set[tuple[int, str, str]] = set()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._noted)

    def __str__(self) -> str:
        """One line for each fault: file, line where known, key, and what would be right."""
        return "\n".join(map(str, self.problems()))

    def problems(self) -> tuple[Problem, ...]:
        """Return every fault in the order of the lines."""
        label, noted = self.file.label, sorted(self._noted)
        return tuple(Problem("wrong_file", label, key, reason, line or None) for line, key, reason in noted)

    def error(self) -> AgreementFileError:
        """Return the error that holds every fault."""
        return AgreementFileError(*self.problems())

    def note(self, place: KeyPath, named: str, reason: str) -> None:
        """Note a fault; a place that is not there has the line of the table that it is missing from."""
        self._noted.add((self.file.line_of(*place) or 0, _printable(named), _printable(reason)))

    def allow(self, tables: tuple[str, ...]) -> None:
        """Note every table that nobody reads."""
        for key in self.file.content:
            if key not in tables:
                self.note((key,), key, f"unknown table; known are {', '.join(tables)}")

    def tables(self, header: str) -> list[dict[str, object]]:
        """Return the tables `[[header]]` in their order; none, and a fault, where the key holds something else."""
        tables = self.file.content.get(header, [])
        if isinstance(tables, list) and all(isinstance(table, dict) for table in tables):
            return tables
        self.note((header,), header, f"must be [[{header}]] tables")
        return []

    def rows(self, header: str, shape: type[S], *, named_by: str) -> Iterator[tuple[int, S]]:
        """Yield each table `[[header]]` that has its shape, with its number; a fault names it by its own name."""
        for nth, table in enumerate(self.tables(header)):
            row = self.read(shape, table, place=(header, nth), title=title_of(table, header, nth, named_by=named_by))
            if row is not None:
                yield nth, row

    def read(self, shape: type[S], table: Mapping[str, object], *, place: KeyPath, title: str) -> S | None:
        """Return a table in its shape, or None with every fault of its keys noted under `title`."""
        try:
            return shape.model_validate(table)
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                keys, reason = _explained(shape, error)
                self.note((*place, *error["loc"]), ".".join((title, *keys)), reason)
            return None


def title_of(table: Mapping[str, object], header: str, nth: int, *, named_by: str) -> str:
    """Return how messages name the nth table of a header: by its own name, or by its number from 1."""
    return str(table.get(named_by, f"{header} {nth + 1}"))


def _explained(shape: type[BaseModel], error: ErrorDetails) -> tuple[tuple[str, ...], str]:
    """The keys that lead to an error, as far as they are keys of a shape, and what would be right there."""
    keys: tuple[str, ...] = ()
    described, known = "", shape
    inner: type[BaseModel] | None = shape
    for key in (part for part in error["loc"] if isinstance(part, str)):
        if inner is None:
            break
        keys, known = (*keys, key), inner
        field = _fields_of(inner).get(key)
        described = described if field is None else _description_of(field) or described
        inner = None if field is None else _shape_in(field.annotation)
    if error["type"] == OF_TABLE:
        return keys[:-1], error["msg"]
    return keys, _reason(error, described, known=known, inner=inner)


def _reason(error: ErrorDetails, described: str, *, known: type[BaseModel], inner: type[BaseModel] | None) -> str:
    """What would be right: for a key of the shape `known`, whose value is one of the shape `inner` if it is a table."""
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key; known are {', '.join(_fields_of(known))}"
        case "missing":
            return f"is missing; {described}" if described else "is missing"
        case "value_error":
            return str(error["ctx"]["error"])
        case "model_type" if inner is not None:
            return f"must be a table with {', '.join(_fields_of(inner))}"
        case _:
            return described or error["msg"]


def _description_of(field: FieldInfo) -> str:
    """The description of a field, or of what it may be beside None."""
    within = (one for part in get_args(field.annotation) for one in getattr(part, "__metadata__", ()))
    return field.description or next((one.description or "" for one in within if isinstance(one, FieldInfo)), "")


def _fields_of(shape: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a shape by the keys of the file."""
    return {field.alias or name: field for name, field in shape.model_fields.items()}


def _shape_in(annotation: Any) -> type[BaseModel] | None:
    """The shape that a field's type is, or holds as `Shape | None` or `tuple[Shape, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((shape for part in get_args(annotation) if (shape := _shape_in(part)) is not None), None)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def places_in(text: str) -> Mapping[KeyPath, int]:
    """Return the line (from 1) of every table, key and element of a valid TOML text; the parser's tree tells them."""
    index = _Index()
    for node in Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            index.pair(node, ())
        elif node.type in {"table", "table_array_element"}:
            index.table(node)
    return index.lines


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
    if node.type == "bare_key":
        return [text]
    rest, keys = tomllib.loads(f"{text} = 0"), []
    while isinstance(rest, dict):
        ((key, rest),) = rest.items()
        keys.append(key)
    return keys
