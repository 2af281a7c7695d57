"""A TOML file read for the agreements: its content, its digest, and on which line a key stands.

The errors of the agreement files: one small tree, each message one line with place and remedy.

One row of an agreement file: a value, its dates, and the words or the assumption it rests on.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import tree_sitter_toml
from pydantic import BaseModel, ConfigDict, ValidationError
from tree_sitter import Language, Node, Parser

from agreements.fields import WrongValue, day, text
from agreements.model import Citation, Cited

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


class AgreementError(Exception):
    """Something in the agreements, or asked of them, that the user can put right."""


class AgreementFileError(AgreementError):
    """An agreement file cannot be used as it stands; names the file, the line where known, and the key."""

    def __init__(self, *, file: str, key: str, reason: str, line: int | None = None) -> None:
        """Keep the place and the reason apart, and say them in one line."""
        self.file = file
        self.key = key
        self.reason = reason
        self.line = line
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {key}: {reason}")


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


T = TypeVar("T")

DATE_KEYS = ("valid_from", "valid_to", "approved", "end_approved")
CITATION_KEYS = ("clause", "quote", "assumption", "source", "reading")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands: the nth table of a header, and how messages name it."""

    file: TomlFile
    header: str
    nth: int
    title: str

    def error(self, key: str, reason: str) -> AgreementFileError:
        """Make the error that names the file, the line where found, and the key."""
        named = f"{self.title}.{key}" if key else self.title
        return AgreementFileError(file=self.file.label, key=named, reason=reason, line=self.line(key))

    def line(self, key: str = "") -> int | None:
        """Return the line of the table, or of a key in it."""
        return self.file.line_of(self.header, nth=self.nth, key=key)


@dataclass(frozen=True, slots=True)
class Row:
    """A table of the file with its place; `prefix` names the table in it that the row is, if it is one."""

    table: Mapping[str, object]
    place: Place
    prefix: str = ""

    def error(self, key: str, reason: str) -> AgreementFileError:
        """Make the error for a key of this row."""
        return self.place.error(".".join(part for part in (self.prefix, key) if part), reason)

    def allow(self, keys: Collection[str]) -> None:
        """Refuse keys that nobody reads.

        Raises:
            AgreementFileError: the row has an unknown key.
        """
        for key in self.table:
            if key not in keys:
                raise self.error(key, f"unknown key; known are {', '.join(keys)}")

    def read(self, key: str, reader: Callable[[object], T]) -> T:
        """Read a key that must be there.

        Raises:
            AgreementFileError: the key is missing or its value of the wrong kind.
        """
        if key not in self.table:
            raise self.error(key, "is missing")
        try:
            return reader(self.table[key])
        except WrongValue as problem:
            raise self.error(key, str(problem)) from None

    def text(self, key: str) -> str:
        """Read a text that must be there."""
        return self.read(key, text)

    def day(self, key: str) -> date:
        """Read a date that must be there."""
        return self.read(key, day)

    def day_or_none(self, key: str) -> date | None:
        """Read a date that may be left out."""
        return self.day(key) if key in self.table else None

    def below(self, key: str) -> "Row":
        """Return the table that stands under a key.

        Raises:
            AgreementFileError: the key is missing or holds no table.
        """
        if key not in self.table:
            raise self.error(key, "is missing")
        inner = self.table[key]
        if not isinstance(inner, dict):
            raise self.error(key, "must be a table with value, clause, and quote or assumption")
        return Row(table=inner, place=self.place, prefix=f"{self.prefix}.{key}" if self.prefix else key)


def rows_of(file: TomlFile, *, header: str, named_by: str) -> tuple[Row, ...]:
    """Return the tables `[[header]]` of a file; messages name each by its own name, or by its number.

    Raises:
        AgreementFileError: the key holds something else than tables.
    """
    rows = []
    for nth, table in enumerate(file.tables(header)):
        title = str(table.get(named_by, f"{header} {nth + 1}"))
        rows.append(Row(table, Place(file=file, header=header, nth=nth, title=title)))
    return tuple(rows)


def read_citation(row: Row, *, parameter: str, source: str | None) -> Citation:
    """Read what a row rests on; `source` is the file's own, where the row names none.

    Raises:
        AgreementFileError: no clause, neither or both of quote and assumption, or a quote without a source.
    """
    quoted, assumed = "quote" in row.table, "assumption" in row.table
    if quoted and assumed:
        raise row.error("assumption", "stands beside a quote; a value has one of the two, never both")
    if not quoted and not assumed:
        raise row.error("", "citation is missing: add clause, and quote or assumption (why)")
    if assumed and ("source" in row.table or "reading" in row.table):
        raise row.error("assumption", "has no source and no reading; those belong to a quote")
    named = row.text("source") if "source" in row.table else source
    if quoted and named is None:
        raise row.error("source", "is missing: a quote names the text in docs/sources that it stands in")
    return Citation(
        agreement=row.place.file.name,
        parameter=parameter,
        clause=row.text("clause"),
        source=named if quoted else None,
        quote=row.text("quote") if quoted else None,
        assumption=row.text("assumption") if assumed else None,
        reading=row.text("reading") if "reading" in row.table else None,
        line=row.place.line(row.prefix),
    )


def read_value(row: Row, *, reader: Callable[[object], T], source: str) -> Cited[T]:
    """Read one [[value]] row.

    Raises:
        AgreementFileError: unknown key, missing citation, value of the wrong kind, or dates turned round.
    """
    row.allow(("name", "value", *DATE_KEYS, *CITATION_KEYS))
    value = row.read("value", reader)
    citation = read_citation(row, parameter=row.text("name"), source=source)
    valid_from, valid_to = read_dates(row)
    approved, end_approved = read_approvals(row)
    return Cited(value, citation, valid_from, valid_to, approved, end_approved)


def read_dates(row: Row) -> tuple[date, date | None]:
    """Read the first and last day of a row, both included.

    Raises:
        AgreementFileError: a date is missing, not a date, or the last day comes before the first.
    """
    valid_from, valid_to = row.day("valid_from"), row.day_or_none("valid_to")
    if valid_to is not None and valid_to < valid_from:
        raise row.error("valid_to", "comes before valid_from")
    return valid_from, valid_to


def read_approvals(row: Row) -> tuple[date | None, date | None]:
    """Read on which dates a row and its end were approved; None where not stated.

    Raises:
        AgreementFileError: one is not a date, or an end is approved that the row does not have.
    """
    if "end_approved" in row.table and "valid_to" not in row.table:
        raise row.error("end_approved", "stands without valid_to: a row without an end has none to approve")
    return row.day_or_none("approved"), row.day_or_none("end_approved")


class CitedKeys:
    """Takes keys of a row that are tables of their own, and keeps what each rests on.

    `prefix` stands before each key in `Citation.parameter` (a clause's id and a dot).
    """

    def __init__(self, row: Row, *, source: str, prefix: str = "") -> None:
        """Start with nothing taken."""
        self.row = row
        self.source = source
        self.prefix = prefix
        self.keys: list[str] = []
        self.citations: list[Citation] = []

    def take(self, key: str, reader: Callable[[object], T]) -> T:
        """Read the value of one key and keep its citation.

        Raises:
            AgreementFileError: the key is missing, of the wrong kind, or has no citation.
        """
        row = self.row.below(key)
        row.allow(("value", *CITATION_KEYS))
        value = row.read("value", reader)
        self.keys.append(key)
        self.citations.append(read_citation(row, parameter=f"{self.prefix}{key}", source=self.source))
        return value
