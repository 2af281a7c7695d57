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
    for number, text in text_lines(stream):
        if isinstance(text, Code):
            yield rejected(number, text)
            continue
        try:
            yield Line(number, read_object(text), text)
        except ValueError:
            yield rejected(number, Code.INVALID_JSON, text)
