"""Files that are no lines of messages at all: told as a whole, with what to do."""

from pathlib import Path

import pytest

from hemgang.messages.model import SourceFormatError
from hemgang.messages.readers import open_source


@pytest.mark.parametrize("name", ["in.ndjson", "in.csv", "in.xlsx"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "this is a workbook or another ZIP file: save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "this is a workbook: save it as CSV"),
        (b"%PDF-1.7\n", "this is a PDF: export NDJSON or CSV instead"),
        (b"\x1f\x8b\x08\x00", "this is compressed: unpack it first"),
    ],
)
def test_what_is_no_text_is_refused_as_a_whole(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content + b"\n" * 50)
    with pytest.raises(SourceFormatError, match=said):
        list(open_source(file))


@pytest.mark.parametrize(
    "content", [b'[{"id": "m1"}]', b'[\n  {"id": "m1"}\n]\n', b"\xef\xbb\xbf [\r\n{", b'\n [ {"id"', b"[\n]"]
)
def test_an_array_of_objects_is_refused_as_a_whole(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_bytes(content)
    with pytest.raises(SourceFormatError, match="one JSON object a line; this is an array"):
        list(open_source(file))


@pytest.mark.parametrize("content", [b"[]\n{}\n", b"[1, 2]\n", b"\n\n{}\n", b"PK\n", b""])
def test_a_line_that_is_wrong_is_one_line(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "in.ndjson"
    file.write_bytes(content)
    assert len(list(open_source(file))) == sum(1 for line in content.splitlines() if line)
