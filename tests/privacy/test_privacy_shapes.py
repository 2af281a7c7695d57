"""All 500 people in all 12 notations, however carried, at every place of a message and around one: refused, unsaid."""

import io
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hemgang.cli.params import source_name
from hemgang.findings import Code
from hemgang.messages.identity_numbers import WITHHELD, are_plain, holds_identity_number, redacted
from hemgang.messages.model import MessageType, Rejection, SourceFormatError
from hemgang.messages.readers import Line, read_csv, read_ndjson
from hemgang.messages.schema import COMMON, OWN
from hemgang.messages.validation import read_message, text_to_keep
from tests.privacy.people import carried, notations, people
from tests.privacy.searching import everybody, found_in

KNOWN = everybody(500)
PLACES = [(kind, name) for kind in MessageType for name in (*COMMON, *OWN[kind], "note")]


def everything() -> Iterator[tuple[int, str]]:
    """Yield each notation of each person with a running number: 6,000."""
    for turn, one in enumerate(people()):
        for number, notation in enumerate(notations(one)):
            yield 12 * turn + number, notation


def test_every_notation_is_told_by_its_shape_however_it_is_carried() -> None:
    for _, notation in everything():
        for text in carried(notation):
            assert holds_identity_number(text), text
            assert not are_plain([text])


def test_at_every_place_of_a_message_it_is_refused_and_not_repeated() -> None:
    for number, notation in everything():
        kind, name = PLACES[number % len(PLACES)]
        text = [*carried(notation)][number // len(PLACES) % 6]
        value = (text, [text], {"deep": [text]}, {text: 1})[number % 4]
        line = {"id": "m1", "episode": "e1", "type": kind.value, "at": "2023-03-01T10:00:00Z", name: value}
        written = json.dumps(line, ensure_ascii=number % 2 == 0)
        [read] = read_ndjson(io.BytesIO(written.encode()))
        assert not isinstance(read.content, Rejection)
        answer = read_message(read.content, now=None)
        assert isinstance(answer, Rejection), written
        assert answer.problems[0].code is Code.IDENTITY_NUMBER, written
        assert text_to_keep(read, answer) is None, written
        assert not found_in(f"{answer!r} {read!r}".encode(), KNOWN), written


def test_as_the_name_of_a_field_or_a_column_it_is_refused_and_not_repeated() -> None:
    for number, notation in everything():
        name = [*carried(notation)][number % 6]
        line = {"id": "m1", "episode": "e1", "type": "died", "at": "2023-03-01T10:00:00Z", name: number % 2 or "x"}
        answer = read_message(line, now=None)
        assert isinstance(answer, Rejection), name
        assert not found_in(repr(answer).encode(), KNOWN), name
        if number % 12 == 0 and ";" not in name and "," not in name:
            text = f'id,episode,type,at,"{name}"\nm1,e1,died,2023-03-01T10:00:00Z,x\n'
            assert not found_in(_said_of(text).encode(), KNOWN), name


def _said_of(text: str) -> str:
    """Return all that is said of a CSV file."""
    try:
        answers = [(line, read_message(_content(line), now=None)) for line in read_csv(io.BytesIO(text.encode()))]
    except SourceFormatError as error:
        return str(error)
    assert all(isinstance(answer, Rejection) for _, answer in answers), text
    return repr(answers)


def _content(line: Line) -> Mapping[str, Any]:
    assert not isinstance(line.content, Rejection)
    return line.content


def test_as_the_name_of_a_file_or_a_word_of_the_user_it_is_not_repeated() -> None:
    for _, notation in everything():
        for text in carried(notation):
            assert source_name(f"march/{text}.ndjson", 3) == "file 3"
            assert redacted(text) == WITHHELD


@pytest.mark.parametrize(
    "text",
    [
        "https://example.invalid/a%20b?c=%C3%A5",
        "Tom &amp; Jerry &#229;",
        r"c:\users\ward-2",
        r"\u00e5tg\u00e4rd",
        "100 % 2380 & 23",
        "%",
        "&#",
        "\\",
        "ward%2D2",
        "2023%2D03%2D01T10%3A00%3A00Z",
    ],
)
def test_what_is_spelled_out_and_is_no_number_is_none(text: str) -> None:
    assert not holds_identity_number(text)


def test_what_was_spelled_out_twice_is_found_too() -> None:
    assert holds_identity_number("%2531%2539121212%252D1212")
    assert holds_identity_number("19121212&amp;#45;1212")
    assert holds_identity_number(r"\ud835\udfcf\ud835\udfd7121212-1212")
    assert holds_identity_number(r"\\u00319121212\x2d1212")


@pytest.mark.parametrize("text", ["\\", "\\u", "%2", "&#1", "%25", "&amp;", "\\u0031", "&", "\\ud835"])
def test_time_grows_no_faster_than_the_text(text: str) -> None:
    long = text * (1_000_000 // len(text))
    started = time.perf_counter()
    holds_identity_number(long)
    assert time.perf_counter() - started < 10
