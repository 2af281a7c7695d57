"""CSV: the same messages as NDJSON, row by row; what a header must have (specification 1.2)."""

import codecs
import csv
import tracemalloc
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.findings import Code
from hemgang.messages.model import ROW, Accepted, Problem, Rejection, SourceFormatError
from hemgang.messages.readers import LONGEST_LINE, Line, read_csv
from hemgang.messages.validation import read_message

HEADER = "id,episode,type,at"
GOOD = "m1,e1,died,2023-03-01T10:00"
FOUR = {"id": "m1", "episode": "e1", "type": "died", "at": "2023"}


def read(text: str | bytes) -> list[Line]:
    return list(read_csv(BytesIO(text.encode() if isinstance(text, str) else text)))


def content(header: str, row: str) -> Mapping[str, Any]:
    [line] = read(f"{header}\n{row}\n")
    assert not isinstance(line.content, Rejection)
    return line.content


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("id,episode,type,at", "m1,e1,died,2023", FOUR),
        ("at;id;type;episode", "2023;m1;died;e1", FOUR),
        (HEADER + ",age", ",,,,81", {"age": 81}),
        (HEADER + ",age", ",,,,0", {"age": 0}),
        (HEADER + ",age", ",,,,81.0", {"age": "81.0"}),  # no whole number: for the validation to refuse
        (HEADER + ",age", ",,,,1e2", {"age": "1e2"}),
        (HEADER + ",age", ",,,,-1", {"age": "-1"}),
        (HEADER + ",age", ",,,,٨", {"age": "٨"}),
        (HEADER + ",to", ",,,,kommun;hc", {"to": ["kommun", "hc"]}),
        (HEADER + ",to", ",,,,kommun", {"to": ["kommun"]}),
        (HEADER + ",to", ",,,, kommun ; ;hc;", {"to": ["kommun", "hc"]}),
        (HEADER + ",groups", ",,,,lss;child", {"groups": ["lss", "child"]}),
        ("id;episode;type;at;to", ';;;;"kommun;hc"', {"to": ["kommun", "hc"]}),
        (HEADER + ",municipality", ",,,,0180", {"municipality": "0180"}),  # no number: the zero stays
        (HEADER + ",reason", ",,,,true", {"reason": "true"}),
        (HEADER + ",reason", ',,,,"a ""b"", c"', {"reason": 'a "b", c'}),
        (HEADER + ",reason", ',,,,a "b" c', {"reason": 'a "b" c'}),
        (HEADER + ",reason", ",,,,a;b", {"reason": "a;b"}),
        (HEADER + ",x.a,x.b,x.c.d", "m1,,,,1,2,3", {"id": "m1", "x": {"a": "1", "b": "2", "c": {"d": "3"}}}),
        (HEADER + ",x.a,x.c.d", ",,,,1,", {"x": {"a": "1"}}),
        (HEADER + ",x.to,x.age", ",,,,a;b,81", {"x": {"to": "a;b", "age": "81"}}),
        (" id , episode , type , at ", "m1,,,", {"id": "m1"}),
        ('"id","episode","type","at"', '"m1",,"died",', {"id": "m1", "type": "died"}),
    ],
)
def test_a_row_as_an_object(header: str, row: str, expected: Mapping[str, object]) -> None:
    assert content(header, row) == expected


def test_a_row_gives_the_message_that_ndjson_gives() -> None:
    header = "id;episode;type;at;region;municipality;care;age;groups;sex"
    row = "m1;e1;admitted;2023-03-01T10:00;23;2380;somatic;81;lss;"
    result = read_message(content(header, row), now=None)
    assert isinstance(result, Accepted)
    assert result.problems == ()
    assert result.message.fields == {
        "region": "23",
        "municipality": "2380",
        "care": "somatic",
        "age": 81,
        "groups": ("lss",),
    }


@pytest.mark.parametrize(
    "row",
    ["m1,e1,died", GOOD + ",", GOOD + ",x", "m1", '"m1,e1,died,2023', 'm1,"e"1,died,2023', "a\rb,,,"],
)
def test_a_row_that_does_not_fit_is_rejected_by_its_line(row: str) -> None:
    lines = read(f"{HEADER}\n{GOOD}\n{row}\n{GOOD}\n")
    assert [line.number for line in lines] == [2, 3, 4]
    assert lines[1].content == Rejection((Problem(Code.INVALID_FIELD, ROW),))
    assert lines[1].text == row
    assert not any(isinstance(line.content, Rejection) for line in (lines[0], lines[2]))


def test_blank_rows_are_skipped_and_counted() -> None:
    lines = read(f"\n{HEADER}\r\n\r\n,,,\r\n{GOOD}\r\n \r\n{GOOD}")
    assert [line.number for line in lines] == [5, 7]


def test_encoding_and_length() -> None:
    latin = "m1,å,died,2023".encode("latin-1")
    long = b"m1," + b"x" * LONGEST_LINE + b",died,2023"
    wide_cell = b"m1," + b"x" * 200_000 + b",died,2023"  # more than a cell may have
    text = codecs.BOM_UTF8 + b"\n".join([HEADER.encode(), latin, long, wide_cell, GOOD.encode()])
    lines = read(text)
    codes = [line.content.problems[0].code if isinstance(line.content, Rejection) else None for line in lines]
    assert codes == [Code.INVALID_ENCODING, Code.LINE_TOO_LONG, Code.INVALID_FIELD, None]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "has no header"),
        ("\n\n", "has no header"),
        ("id,episode,type", "lacks the columns at"),
        ("id;type", "lacks the columns episode, at"),
        ("a,b", "lacks the columns id, episode, type, at"),
        (GOOD, "lacks the columns id, episode, type, at"),
        ("id\tepisode\ttype\tat", "lacks the columns id, episode, type, at"),
        ("ID,Episode,Type,At", "lacks the columns id, episode, type, at"),
        ('{"id": 1}', "lacks the columns id, episode, type, at"),
        ('"id,episode,type,at', "lacks the columns id, episode, type, at"),
        (HEADER + ",", "column 5"),
        (HEADER + ",,x", "column 5"),
        (HEADER + ",x.", "column 5"),
        (HEADER + ",x..y", "column 5"),
        (HEADER + ",id", "column 5"),
        (HEADER + ",x,x.a", "column 6"),
        (HEADER + ",x.a,x", "column 6"),
        (HEADER + ",x.a.b,y,x.a", "column 7"),
        (HEADER + ",at.x", "column 5"),
    ],
)
def test_a_header_that_cannot_be_used(header: str, says: str) -> None:
    with pytest.raises(SourceFormatError, match=says) as wrong:
        read(f"{header}\n{GOOD}\n" if header.strip() else header)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    "header", [HEADER.encode("utf-16"), "id,episode,type,at,å".encode("latin-1"), b"x" * 2_000_000]
)
def test_a_header_that_is_no_text(header: bytes) -> None:
    with pytest.raises(SourceFormatError, match="no header"):
        read(header + b"\n" + GOOD.encode())


def test_an_open_quote_does_not_swallow_the_file() -> None:
    rows = [GOOD] * 20_000
    rows[0] = '"m1,e1'
    tracemalloc.start()
    try:
        lines = read_csv(BytesIO("\n".join([HEADER, *rows]).encode()))
        rejected = [line.number for line in lines if isinstance(line.content, Rejection)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rejected == [2]
    assert peak < 5_000_000


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=20)


def as_csv(rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    written = StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


@given(st.lists(CELLS, min_size=5, max_size=5).filter(any), st.sampled_from(",;"))
def test_every_cell_comes_back(cells: list[str], delimiter: str) -> None:
    names = ["id", "episode", "type", "at", "x"]
    rows = list(read_csv(BytesIO(as_csv([names, cells, ["end", "", "", "", ""]], delimiter))))
    expected = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
    assert rows[-1].content == {"id": "end"}
    if not as_csv([cells], delimiter).isspace():
        assert rows[0].content == expected


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(text: bytes) -> None:
    for line in read(f"{HEADER},to,x.y\n".encode() + text):
        if not isinstance(line.content, Rejection):
            read_message(line.content, now=None)
