"""NDJSON line by line: a bad line is rejected by its number and never stops the others (specification 7)."""

import codecs
import tracemalloc
from collections.abc import Iterator
from io import BufferedReader, BytesIO, RawIOBase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import Buffer

from hemgang.findings import Code
from hemgang.messages.model import Accepted, Problem, Rejection
from hemgang.messages.readers import LONGEST_LINE, Line, read_ndjson
from hemgang.messages.validation import read_message

GOOD = b'{"id":"m1","episode":"e1","type":"died","at":"2023-03-01T10:00Z"}'


def read(text: bytes) -> list[Line]:
    return list(read_ndjson(BytesIO(text)))


def code_of(line: Line) -> Code:
    assert isinstance(line.content, Rejection)
    [problem] = line.content.problems
    assert problem.field is None
    return problem.code


def is_good(line: Line) -> bool:
    return not isinstance(line.content, Rejection) and isinstance(read_message(line.content, now=None), Accepted)


def test_lines_are_numbered_as_in_the_file() -> None:
    lines = read(b"\n" + GOOD + b"\n\r\n  \t\n" + GOOD + b"\r\nx\n" + GOOD)
    assert [line.number for line in lines] == [2, 5, 6, 7]
    assert [is_good(line) for line in lines] == [True, True, False, True]
    assert lines[1].text == GOOD.decode()


@pytest.mark.parametrize("empty", [b"", b"\n", b"\n\n\r\n", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\n"])
def test_nothing_to_read(empty: bytes) -> None:
    assert read(empty) == []


def test_a_byte_order_mark_is_dropped_at_the_start_only() -> None:
    assert is_good(read(codecs.BOM_UTF8 + GOOD)[0])
    assert code_of(read(GOOD + b"\n" + codecs.BOM_UTF8 + GOOD)[1]) is Code.INVALID_JSON


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"{",
        b"{}{}",
        b"{} x",
        b"[]",
        b"1",
        b'"a"',
        b"null",
        b"true",
        b"NaN",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1 // why\n}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": [-Infinity]}',
        b'{"a": 1e999}',
        b'{"a": -1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 01}',
        b'{"a": 1, "a": 1}',
        b'{"x": {"a": 1, "b": 2, "a": 3}}',
        b'{"a": 1, "\\u0061": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\x1f"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"\x00",
    ],
)
def test_what_is_no_json_object(line: bytes) -> None:
    lines = read(GOOD + b"\n" + line.replace(b"\n", b" ") + b"\n" + GOOD)
    assert [is_good(line) for line in lines] == [True, False, True]
    assert code_of(lines[1]) is Code.INVALID_JSON


@pytest.mark.parametrize(
    "line",
    [
        '{"a": "å"}'.encode("latin-1"),
        '{"a": "\u2019"}'.encode("cp1252"),
        b'{"a": "\xed\xa0\x80"}',  # half of a surrogate pair as bytes
        b'{"a": "\xc0\x80"}',  # NUL in two bytes
        b"\xff\xfe" + '{"a": 1}'.encode("utf-16-le").replace(b"\n", b""),
    ],
)
def test_what_is_not_utf8(line: bytes) -> None:
    lines = read(GOOD + b"\n" + line + b"\n" + GOOD)
    assert [is_good(line) for line in lines] == [True, False, True]
    assert code_of(lines[1]) is Code.INVALID_ENCODING
    assert lines[1].text is None


def test_escaped_halves_of_a_pair_and_nul_are_refused_by_the_field() -> None:
    for escaped in (b"\\ud800", b"\\u0000", b"\\udfff\\ud800"):
        [line] = read(GOOD.replace(b"m1", escaped))
        assert not isinstance(line.content, Rejection)
        assert read_message(line.content, now=None) == Rejection((Problem(Code.INVALID_FIELD, "id"),))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize(("over", "code"), [(-1, None), (0, None), (1, Code.LINE_TOO_LONG), (2, Code.LINE_TOO_LONG)])
def test_a_line_may_have_one_mebibyte(over: int, code: Code | None, end: bytes) -> None:
    line = b'{"a":"' + b"x" * (LONGEST_LINE + over - 8) + b'"}'
    assert len(line) == LONGEST_LINE + over
    lines = read(line + end + (GOOD if end else b""))
    assert len(lines) == (2 if end else 1)
    assert (code_of(lines[0]) if isinstance(lines[0].content, Rejection) else None) is code
    assert lines[0].text == (line.decode() if code is None else None)
    assert all(is_good(line) and line.number == 2 for line in lines[1:])


class Endless(RawIOBase):
    """A stream of blocks that nobody holds at once."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        block = next(self.blocks, b"")
        memoryview(buffer)[: len(block)] = block
        return len(block)


def test_a_line_of_100_megabytes_costs_little_memory() -> None:
    def blocks() -> Iterator[bytes]:
        yield b'{"a":"'
        for _ in range(100 * 16):
            yield b"x" * (1 << 16)
        yield b'"}\n' + GOOD

    tracemalloc.start()
    try:
        lines = list(read_ndjson(BufferedReader(Endless(blocks()), 1 << 16)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(line.number, is_good(line)) for line in lines] == [(1, False), (2, True)]
    assert code_of(lines[0]) is Code.LINE_TOO_LONG
    assert peak < 10 * 1_000_000


def test_reading_is_streaming() -> None:
    """The first line is there before the second is asked for."""

    def blocks() -> Iterator[bytes]:
        yield GOOD + b"\n"
        raise AssertionError("read ahead")

    assert is_good(next(read_ndjson(BufferedReader(Endless(blocks()), len(GOOD) + 1))))


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0a1eE.-+nulltrue \n').map(str.encode))
def test_any_bytes_have_an_answer(text: bytes) -> None:
    for line in read(text + b"\n" + GOOD):
        if not isinstance(line.content, Rejection):
            read_message(line.content, now=None)
    assert is_good(read(text + b"\n" + GOOD)[-1])
