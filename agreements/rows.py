"""One row of an agreement file: a value, its dates, and the words or the assumption it rests on."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from agreements.citation import Citation, Cited
from agreements.errors import AgreementFileError
from agreements.kinds import WrongValue, day, text
from agreements.toml_text import TomlFile

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
