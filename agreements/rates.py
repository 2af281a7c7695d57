"""Socialstyrelsen's amount for one care day (vårddygn) by year, LUS 5:6; an unknown year is an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agreements.fields import Amount, SourcedShape, Year
from agreements.model import Rate
from agreements.tomlfile import Faults, RateUnknown, read_toml

RATES_FILE = "rates.toml"


@dataclass(frozen=True, slots=True)
class Rates:
    """The known amounts by year; `digest` is a SHA-256 over the file without comments and layout."""

    by_year: Mapping[int, Rate]
    file: str
    digest: str

    def amount(self, on: date) -> Rate:
        """Return the amount for a care day that begins on the date: that of its calendar year.

        Raises:
            RateUnknown: no amount is known for the year; the message names the file and the key to add.
        """
        if on.year not in self.by_year:
            raise RateUnknown(file=self.file, year=on.year)
        return self.by_year[on.year]

    def years(self) -> tuple[int, ...]:
        """Return the years whose amount is known, sorted."""
        return tuple(sorted(self.by_year))


def read_rates(path: Path) -> Rates:
    """Read a `rates.toml`.

    Raises:
        AgreementFileError: the file cannot be read, rows are wrong, or a year stands twice; it holds every fault.
    """
    file = read_toml(path)
    faults = Faults(file)
    faults.allow(("rate",))
    by_year: dict[int, Rate] = {}
    for nth, row in faults.rows("rate", _RateShape, named_by="year"):
        if row.year in by_year:
            faults.note(("rate", nth, "year"), f"{row.year}.year", "stands twice; a year has one amount")
        citation = row.citation(
            agreement=file.name, parameter=f"amount_kr.{row.year}", source=None, line=file.line_of("rate", nth)
        )
        by_year[row.year] = Rate(row.year, row.amount_kr, citation)
    if faults:
        raise faults.error()
    return Rates(by_year=by_year, file=file.label, digest=file.digest)


class _RateShape(SourcedShape):
    """One [[rate]] row."""

    year: Year
    amount_kr: Amount
