"""Socialstyrelsen's amount for one care day (vårddygn) by year, LUS 5:6; an unknown year is an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agreements.fields import amount, year
from agreements.model import Rate
from agreements.tomlfile import CITATION_KEYS, RateUnknown, Row, read_citation, read_toml, rows_of

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
        AgreementFileError: the file cannot be read, a row is wrong, or a year stands twice.
    """
    file = read_toml(path)
    file.allow(("rate",))
    by_year: dict[int, Rate] = {}
    for row in rows_of(file, header="rate", named_by="year"):
        rate = _read_rate(row, known=by_year)
        by_year[rate.year] = rate
    return Rates(by_year=by_year, file=file.label, digest=file.digest)


def _read_rate(row: Row, *, known: Mapping[int, Rate]) -> Rate:
    row.allow(("year", "amount_kr", *CITATION_KEYS))
    of_year = row.read("year", year)
    if of_year in known:
        raise row.error("year", "stands twice; a year has one amount")
    return Rate(
        year=of_year,
        amount_kr=row.read("amount_kr", amount),
        citation=read_citation(row, parameter=f"amount_kr.{of_year}", source=None),
    )
