"""Messages as NDJSON: one JSON object a line, UTF-8 (specification 1.2)."""

from collections.abc import Iterator
from typing import BinaryIO

from hemgang.findings import Code
from hemgang.messages.lines import Line, rejected, text_lines
from hemgang.messages.strict_json import read_object


def read_ndjson(stream: BinaryIO) -> Iterator[Line]:
    """Yield every line that is not blank, streaming: its object, or the rejection of a line that holds none.

    A line that is not one JSON object, repeats a key, holds NaN or nests without end is `invalid_json`.
    """
    for line in text_lines(stream):
        if isinstance(line.text, Code):
            yield rejected(line.number, line.text)
            continue
        try:
            yield Line(line.number, read_object(line.text), line.text)
        except ValueError:
            yield rejected(line.number, Code.INVALID_JSON, line.text)
