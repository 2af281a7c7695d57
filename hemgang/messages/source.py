"""A source of messages by its name: a CSV or NDJSON file, or standard input (specification 7, `ingest`)."""

import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from hemgang.messages.csv_lines import read_csv
from hemgang.messages.errors import SourceFormatError, SourceUnreadableError
from hemgang.messages.identity import holds_identity_number
from hemgang.messages.lines import Line
from hemgang.messages.ndjson import read_ndjson

STANDARD_INPUT = "-"

_BEGINNINGS = (
    (b"PK\x03\x04", "this is a workbook or another ZIP file: save it as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is a workbook: save it as CSV"),
    (b"%PDF-", "this is a PDF: export NDJSON or CSV instead"),
    (b"\x1f\x8b", "this is compressed: unpack it first (zcat FILE | hemgang ingest -)"),
)
"""How files begin that no line of messages begins like, and what to do with each."""
_ARRAY = "one JSON object a line; this is an array (jq -c '.[]' FILE makes lines of it)"
_LOOKED_AT = 4096


def open_source(source: Path | str) -> Iterator[Line]:
    """Yield the lines of a file, streaming: CSV if its name ends in `.csv`, else NDJSON.

    `-` is NDJSON on standard input.
    The file is opened when the first line is asked for, and closed at the end or when the iterator is closed.

    Raises:
        SourceUnreadableError: if the file cannot be opened or read.
        SourceFormatError: if it is a CSV whose header cannot be used, or no lines of messages at all.
    """
    try:
        if str(source) == STANDARD_INPUT:
            yield from read_ndjson(_refused_as_a_whole(sys.stdin.buffer, STANDARD_INPUT))
            return
        path = Path(source)
        with path.open("rb") as stream:
            is_csv = path.suffix.lower() == ".csv"
            _refused_as_a_whole(stream, _shown(str(source)), is_csv=is_csv)
            yield from read_csv(stream) if is_csv else read_ndjson(stream)
    except OSError as error:
        raise SourceUnreadableError(f"{_shown(str(source))} cannot be read: {error.strerror}") from None


def _refused_as_a_whole(stream: BinaryIO, name: str, *, is_csv: bool = False) -> BinaryIO:
    """Return the stream unread, unless its beginning shows that no line of it can be a message.

    Raises:
        SourceFormatError: it is a workbook, a PDF, compressed, or a JSON array.
    """
    beginning = stream.peek(_LOOKED_AT) if isinstance(stream, BufferedReader) else b""
    for mark, text in _BEGINNINGS:
        if beginning.startswith(mark):
            raise SourceFormatError(f"{name}: {text}")
    if not is_csv and _begins_an_array(beginning):
        raise SourceFormatError(f"{name}: {_ARRAY}")
    return stream


def _begins_an_array(beginning: bytes) -> bool:
    """Whether `[` is followed by an object, or by nothing more on its line; `[]` alone is one bad line."""
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"[") and (text[1:].lstrip()[:1] == b"{" or text[1:].lstrip(b" \t\r")[:1] == b"\n")


def _shown(name: str) -> str:
    return "the file (its name may be an identity number)" if holds_identity_number(name) else name
