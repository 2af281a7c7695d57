"""A source is opened by its name and closed when done; what cannot be read is said in one line."""

import io
import sys
from pathlib import Path

import pytest

from hemgang.messages.model import Rejection, SourceFormatError, SourceUnreadableError
from hemgang.messages.readers import open_source

NDJSON = '{"id":"m1","episode":"e1","type":"died","at":"2023-03-01T10:00Z"}\n'
CSV = "id,episode,type,at\nm1,e1,died,2023-03-01T10:00Z\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", CSV), ("a.CSV", CSV), ("a.ndjson", NDJSON), ("a.csv.txt", NDJSON), ("csv", NDJSON)],
)
def test_the_ending_says_how_to_read(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    for source in (path, str(path)):
        [line] = open_source(source)
        assert not isinstance(line.content, Rejection)
        assert line.content["id"] == "m1"


def test_standard_input_is_ndjson(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(NDJSON.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert [line.number for line in open_source("-")] == [1]
    assert not stdin.buffer.closed


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for source in (tmp_path / "missing.csv", tmp_path, tmp_path / "a" / "b"):
        with pytest.raises(SourceUnreadableError, match=r"cannot be read: \w") as unreadable:
            next(open_source(source))
        assert str(source) in str(unreadable.value)
        assert "\n" not in str(unreadable.value)


def test_a_csv_without_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("m1,e1\n", encoding="utf-8")
    with pytest.raises(SourceFormatError):
        next(open_source(path))


def test_nothing_is_opened_before_the_first_line_is_asked_for(tmp_path: Path) -> None:
    open_source(tmp_path / "missing.csv")


@pytest.mark.filterwarnings("error")
def test_a_file_left_half_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(NDJSON * 3, encoding="utf-8")
    lines = open_source(path)
    next(lines)
    lines.close()  # type: ignore[attr-defined]
    assert list(lines) == []
