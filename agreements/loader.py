"""Reads a folder of agreement files into typed, dated values, and refuses what is incomplete."""

from functools import cache
from pathlib import Path

from agreements.citation import Cited
from agreements.clauses import read_clauses
from agreements.consistency import consistency
from agreements.coverage import coverage
from agreements.errors import AgreementFileError
from agreements.head import read_head
from agreements.names import STATUTE, VALUES
from agreements.payer_dates import payer_problems
from agreements.payers import PAYERS_FILE, Payers, no_payers, read_payers
from agreements.rates import RATES_FILE, Rates, read_rates
from agreements.register import Agreements, DatedAgreement
from agreements.rows import read_value, rows_of
from agreements.toml_text import SHIPPED, TomlFile, read_toml

TABLES = ("agreement", "value", "clause", "suspended", "dispute_step")


def load_agreements(folder: Path | None = None) -> Agreements:
    """Load every agreement of a folder (None = the shipped one, read once) and check its dates.

    Raises:
        AgreementFileError: a file cannot be read, a row is wrong, dates leave a gap or overlap, or rows do not
            fit each other.
    """
    return _shipped() if folder is None else _load(folder)


def read_agreements(folder: Path) -> Agreements:
    """Read every agreement of a folder without checking its dates; `agreements.check` lists what is amiss.

    Raises:
        AgreementFileError: a file cannot be read, or a row in it is wrong.
    """
    paths = sorted(path for path in folder.glob("*.toml") if path.name not in (RATES_FILE, PAYERS_FILE))
    dated = {path.stem: _read_file(read_toml(path)) for path in paths}
    if STATUTE not in dated:
        raise AgreementFileError(file=str(folder), key=f"{STATUTE}.toml", reason="is missing; it is the statute")
    return Agreements(dated=dated)


def load_rates(folder: Path | None = None) -> Rates:
    """Load the amounts a care day from a folder's `rates.toml` (None = the shipped one, read once).

    Raises:
        AgreementFileError: the file cannot be read, a row is wrong, or a year stands twice.
    """
    return _shipped_rates() if folder is None else read_rates(folder / RATES_FILE)


def load_payers(folder: Path | None = None) -> Payers:
    """Load the listed payers of a folder (None = the shipped ones, read once); a folder without a list has none.

    Raises:
        AgreementFileError: the file cannot be read, a row is wrong, or a successor is not there.
    """
    return _shipped_payers() if folder is None else _load_payers(folder)


@cache
def _shipped() -> Agreements:
    return _load(SHIPPED)


def _load(folder: Path) -> Agreements:
    agreements = read_agreements(folder)
    for one in (*coverage(agreements), *consistency(agreements)):
        raise AgreementFileError(file=one.file, key=one.key, reason=one.message, line=one.line)
    return agreements


@cache
def _shipped_payers() -> Payers:
    return _load_payers(SHIPPED)


def _load_payers(folder: Path) -> Payers:
    path = folder / PAYERS_FILE
    payers = read_payers(path) if path.exists() else no_payers(folder)
    for one in payer_problems(payers):
        raise AgreementFileError(file=one.file, key=one.key, reason=one.message, line=one.line)
    return payers


@cache
def _shipped_rates() -> Rates:
    return read_rates(SHIPPED / RATES_FILE)


def _read_file(file: TomlFile) -> DatedAgreement:
    file.allow(TABLES)
    agreement = read_head(file)
    values: dict[str, tuple[Cited[object], ...]] = {}
    for row in rows_of(file, header="value", named_by="name"):
        name = row.text("name")
        if name not in VALUES:
            raise row.error("name", f"unknown value {name!r}; known are {', '.join(VALUES)}")
        values[name] = (*values.get(name, ()), read_value(row, reader=VALUES[name], source=agreement.source))
    clauses = read_clauses(file, source=agreement.source)
    return DatedAgreement(agreement=agreement, values=values, clauses=clauses, file=file.label)
