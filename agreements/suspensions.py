"""Reads the [[suspended]] rows of a file: from when to when liability is dormant (vilande), each with its citation."""

from agreements.model import Suspension
from agreements.rows import CITATION_KEYS, Row, read_citation, read_dates, rows_of
from agreements.toml_text import TomlFile


def read_suspensions(file: TomlFile, *, source: str) -> tuple[Suspension, ...]:
    """Read every suspension of a file in the order in which they stand.

    Raises:
        AgreementFileError: a date or the citation is missing or wrong, or a key is unknown.
    """
    return tuple(_read(row, source) for row in rows_of(file, header="suspended", named_by="valid_from"))


def _read(row: Row, source: str) -> Suspension:
    row.allow(("valid_from", "valid_to", *CITATION_KEYS))
    valid_from, valid_to = read_dates(row)
    return Suspension(valid_from, valid_to, read_citation(row, parameter="suspended", source=source))
