"""Payers with dates of their own: Stockholm's district boards (stadsdelsnämnder), which merge and change (4.1).

Sweden's 290 municipalities with county and region, by SCB's four-digit code (`municipalities.csv`).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from agreements.fields import payer_code
from agreements.model import Citation
from agreements.tomlfile import CITATION_KEYS, SHIPPED, Row, read_citation, read_dates, read_toml, rows_of

PAYERS_FILE = "payers.toml"


@dataclass(frozen=True, slots=True)
class Payer:
    """A listed payer, `0180/<district>`, with the days on which it exists, both included; None = no end known.

    `successor` is the code of the payer that takes over on the day after `valid_to`.
    """

    code: str
    name: str
    valid_from: date
    valid_to: date | None
    successor: str | None
    citation: Citation

    def exists(self, on: date) -> bool:
        """Tell whether the payer exists on the day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class ResolvedPayer:
    """Who pays where a message names a payer: `code` is its own, or its successor's.

    `known`: its municipality is on the official list. `valid`: it exists on the day. `listed`: its dates are known; a
    district that nobody listed is an installation's own and counts as valid.
    """

    code: str
    known: bool
    valid: bool
    listed: bool


@dataclass(frozen=True, slots=True)
class Payers:
    """The listed payers, and the codes of the municipalities."""

    listed: tuple[Payer, ...]
    municipalities: frozenset[str]
    file: str
    digest: str
    _by_code: Mapping[str, tuple[Payer, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the rows by code and date."""
        ordered = sorted(self.listed, key=lambda one: (one.code, one.valid_from))
        found = {code: tuple(rows) for code, rows in groupby(ordered, key=lambda one: one.code)}
        object.__setattr__(self, "_by_code", MappingProxyType(found))

    def rows(self, payer: str) -> tuple[Payer, ...]:
        """Return the rows of a code in order of their dates; none where it is not listed."""
        return self._by_code.get(payer, ())

    def resolve(self, payer: str, on: date) -> ResolvedPayer:
        """Return who pays on a day for the payer that a message names, exactly as it is written there.

        A listed payer that has ended is followed by its successor, and that one by its own. One that has ended without
        a successor, or has not begun, is not valid.
        """
        municipality, slash, district = payer.partition("/")
        if municipality not in self.municipalities or (slash and not district):
            return ResolvedPayer(payer, known=False, valid=False, listed=False)
        code, seen = payer, {payer}
        while rows := self.rows(code):
            if any(row.exists(on) for row in rows):
                return ResolvedPayer(code, known=True, valid=True, listed=True)
            ended = [row for row in rows if row.valid_from <= on]
            if not ended or ended[-1].successor is None or ended[-1].successor in seen:
                return ResolvedPayer(code, known=True, valid=False, listed=True)
            code = ended[-1].successor
            seen.add(code)
        return ResolvedPayer(code, known=True, valid=True, listed=code != payer or not slash)

    def edges(self, payer: str) -> tuple[date, ...]:
        """Return the dates, sorted, from which `resolve` may say something else of a payer than the day before."""
        edges: set[date] = set()
        codes = [payer]
        for code in codes:
            for row in self.rows(code):
                edges |= {row.valid_from, *(() if row.valid_to is None else (row.valid_to + timedelta(days=1),))}
                if row.successor is not None and row.successor not in codes:
                    codes.append(row.successor)
        return tuple(sorted(edges))


def read_payers(path: Path) -> Payers:
    """Read a `payers.toml`.

    Raises:
        AgreementFileError: the file cannot be read, or a row is wrong.
    """
    file = read_toml(path)
    file.allow(("payer",))
    rows = rows_of(file, header="payer", named_by="code")
    return Payers(tuple(_read(row) for row in rows), frozenset(municipalities()), file.label, file.digest)


def no_payers(folder: Path) -> Payers:
    """Return the list of a folder that has none: every district is an installation's own."""
    return Payers((), frozenset(municipalities()), str(folder / PAYERS_FILE), "")


def _read(row: Row) -> Payer:
    row.allow(("code", "name", "valid_from", "valid_to", "successor", *CITATION_KEYS))
    code = row.read("code", payer_code)
    valid_from, valid_to = read_dates(row)
    if "successor" in row.table and valid_to is None:
        raise row.error("successor", "stands without valid_to: a payer that does not end is not succeeded")
    return Payer(
        code=code,
        name=row.text("name"),
        valid_from=valid_from,
        valid_to=valid_to,
        successor=row.read("successor", payer_code) if "successor" in row.table else None,
        citation=read_citation(row, parameter=f"payer.{code}", source=None),
    )


CSV_FILE = "municipalities.csv"


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality (kommun): SCB's four-digit code, name, the county's two-digit code, region's name."""

    code: str
    name: str
    county: str
    region: str


@cache
def municipalities() -> Mapping[str, Municipality]:
    """Return every municipality by its code, in the order of the codes; read once."""
    with (SHIPPED / CSV_FILE).open(encoding="utf-8", newline="") as lines:
        found = [
            Municipality(code=code, name=name, county=county, region=region)
            for code, name, county, region in list(csv.reader(lines))[1:]
        ]
    return MappingProxyType({one.code: one for one in sorted(found, key=lambda one: one.code)})
