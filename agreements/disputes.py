"""Reads the [[dispute_step]] rows of a file: the ladder (tvistetrappa) that a disputed row goes up, step by step."""

from agreements.kinds import some_word, whole_number
from agreements.model import DisputeStep
from agreements.names import MATTERS
from agreements.rows import CITATION_KEYS, Row, read_citation, rows_of
from agreements.toml_text import TomlFile


def read_disputes(file: TomlFile, *, source: str) -> tuple[DisputeStep, ...]:
    """Read every step of a file in the order in which they stand; `agreements.check` looks at their numbers.

    Raises:
        AgreementFileError: a key is missing, wrong or unknown, or a citation is missing.
    """
    return tuple(_read(row, source) for row in rows_of(file, header="dispute_step", named_by="who"))


def _read(row: Row, source: str) -> DisputeStep:
    row.allow(("number", "matter", "who", "within_days", *CITATION_KEYS))
    number, matter = row.read("number", whole_number), row.read("matter", some_word(MATTERS))
    return DisputeStep(
        number=number,
        matter=matter,
        who=row.text("who"),
        within_days=row.read("within_days", whole_number) if "within_days" in row.table else None,
        citation=read_citation(row, parameter=f"dispute_step.{matter}.{number}", source=source),
    )
