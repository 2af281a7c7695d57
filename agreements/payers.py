"""Payers: Sweden's 290 municipalities by SCB's four-digit code, and district boards with dates of their own (4.1).

Stockholm's boards (stadsdelsnämnder) merge and change; `payers.toml` says when. The municipalities are in a CSV file.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationInfo, field_validator

from agreements.fields import DatesShape, PayerCode, SourcedShape, Text
from agreements.model import Citation
from agreements.tomlfile import SHIPPED, Faults, TomlFile, read_toml

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
        AgreementFileError: the file cannot be read, or rows are wrong; it holds every fault.
    """
    file = read_toml(path)
    faults = Faults(file)
    faults.allow(("payer",))
    listed = tuple(row.payer(file, nth) for nth, row in faults.rows("payer", _PayerShape, named_by="code"))
    if faults:
        raise faults.error()
    return Payers(listed, frozenset(municipalities()), file.label, file.digest)


def no_payers(folder: Path) -> Payers:
    """Return the list of a folder that has none: every district is an installation's own."""
    return Payers((), frozenset(municipalities()), str(folder / PAYERS_FILE), "")


class _PayerShape(SourcedShape, DatesShape):
    """One [[payer]] row."""

    code: PayerCode
    name: Text
    successor: PayerCode | None = None

    @field_validator("successor")
    @classmethod
    def _of_an_end(cls, successor: str | None, info: ValidationInfo) -> str | None:
        if successor is not None and "valid_to" in info.data and info.data["valid_to"] is None:
            raise ValueError("stands without valid_to: a payer that does not end is not succeeded")
        return successor

    def payer(self, file: TomlFile, nth: int) -> Payer:
        citation = self.citation(
            agreement=file.name, parameter=f"payer.{self.code}", source=None, line=file.line_of("payer", nth)
        )
        return Payer(self.code, self.name, self.valid_from, self.valid_to, self.successor, citation)


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
