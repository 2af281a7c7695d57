"""A source of messages by its name: a CSV or NDJSON file, or standard input (specification 7, `ingest`)."""

import sys
from collections.abc import Iterator
from pathlib import Path

from hemgang.messages.csv_lines import read_csv
from hemgang.messages.errors import SourceUnreadableError
from hemgang.messages.identity import holds_identity_number
from hemgang.messages.lines import Line
from hemgang.messages.ndjson import read_ndjson

STANDARD_INPUT = "-"


def open_source(source: Path | str) -> Iterator[Line]:
    """Yield the lines of a file, streaming: CSV if its name ends in `.csv`, else NDJSON.

    `-` is NDJSON on standard input.
    The file is opened when the first line is asked for, and closed at the end or when the iterator is closed.

    Raises:
        SourceUnreadableError: if the file cannot be opened or read.
        SourceFormatError: if it is a CSV whose header cannot be used.
    """
    try:
        if str(source) == STANDARD_INPUT:
            yield from read_ndjson(sys.stdin.buffer)
            return
        path = Path(source)
        with path.open("rb") as stream:
            yield from read_csv(stream) if path.suffix.lower() == ".csv" else read_ndjson(stream)
    except OSError as error:
        raise SourceUnreadableError(f"{_shown(str(source))} cannot be read: {error.strerror}") from None


def _shown(name: str) -> str:
    return "the file (its name may be an identity number)" if holds_identity_number(name) else name
