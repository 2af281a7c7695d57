"""No identity number gets in by any field, key or depth, and no answer repeats one (specification 6)."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from hemgang.findings import Code
from hemgang.messages.model import FIELD_NAME, Accepted, Problem, Rejection, SourceFormatError, SourceUnreadableError
from hemgang.messages.readers import Line, open_source, read_csv, read_ndjson
from hemgang.messages.schema import COMMON, OWN, FieldKind
from hemgang.messages.validation import read_message, text_to_keep

PERSON = "19121212-1212"
NOTATIONS = [
    "191212121212",
    "19121212-1212",
    "1212121212",
    "121212-1212",
    "121212+1212",
    "121212 1212",
    "19121272-1212",
    "991981000010",
    "19810829M071",
    "98240301AA06",
    "\uff11\uff19\uff11\uff12\uff11\uff12\uff11\uff12\uff11\uff12\uff11\uff12",
    "19121212\u20131212",
    "ring 19121212\u00a01212",
]
NEEDED = {"id": "m1", "episode": "e1", "at": "2023-03-01T10:00+01:00"}
CARRIED = {
    "region": "23",
    "municipality": "2380",
    "care": "somatic",
    "contact": "anna",
    "expected_discharge": "2023-03-04",
    "needed": "yes",
    "available": "yes",
    "clinic": "Medicin",
    "message": "m0",
}


def example(kind: str) -> dict[str, object]:
    return {**NEEDED, "type": kind, **{name: value for name, value in CARRIED.items() if name in OWN[kind]}}  # type: ignore[index]


def places() -> Iterator[tuple[str, str]]:
    for kind, fields in OWN.items():
        yield from ((kind.value, name) for name in fields)
    yield from (("died", name) for name in COMMON)


def reject(obj: object) -> Rejection:
    result = read_message(obj, now=None)  # type: ignore[arg-type]
    assert isinstance(result, Rejection)
    return result


@pytest.mark.parametrize("person", NOTATIONS)
@pytest.mark.parametrize(("kind", "name"), list(places()))
def test_in_any_field(kind: str, name: str, person: str) -> None:
    for value in (person, [person], {"a": [{person: 1}]}, f"patient {person}, sal 3"):
        result = reject({**example(kind), name: value})
        assert result == Rejection((Problem(Code.IDENTITY_NUMBER, name),), None if name == "id" else "m1")


@pytest.mark.parametrize("person", NOTATIONS)
@pytest.mark.parametrize(
    "template", ["{}", ["{}"], {"{}": None}, [[["x", {"a": "{}"}]]], {"a": {"b": {"{}": 1}}}, "tel 1, {}!"]
)
def test_in_an_unknown_field_at_any_depth(person: str, template: object) -> None:
    value = json.loads(json.dumps(template).replace("{}", json.dumps(person)[1:-1]))
    assert reject({**example("died"), "extra": value}).problems == (Problem(Code.IDENTITY_NUMBER, "extra"),)


@pytest.mark.parametrize("person", NOTATIONS)
def test_as_the_name_of_a_field(person: str) -> None:
    values: tuple[object, ...] = (1, None, {})
    for value in values:
        for name in (person, f"p_{person}"):
            result = reject({**example("died"), name: value})
            assert result == Rejection((Problem(Code.IDENTITY_NUMBER, FIELD_NAME),), "m1")
            assert person not in repr(reject({**example("died"), name: "\x00"}))


@pytest.mark.parametrize("number", [191212121212, 1212121212, -191212121212, 191212121212.0, 101011234])
def test_as_a_number(number: float) -> None:
    values: tuple[object, ...] = (number, [number], {"a": number})
    for kind, name in (("died", "extra"), ("died", "episode"), ("admitted", "age")):
        for value in values:
            assert reject({**example(kind), name: value}).problems == (Problem(Code.IDENTITY_NUMBER, name),)


def test_in_a_message_that_is_wrong_otherwise_too() -> None:
    result = reject({**example("died"), "type": "unheard_of", "at": 1, "sender": PERSON, "x": [PERSON]})
    assert set(result.problems[:2]) == {
        Problem(Code.IDENTITY_NUMBER, "sender"),
        Problem(Code.IDENTITY_NUMBER, "x"),
    }
    assert set(result.problems[2:]) == {
        Problem(Code.UNKNOWN_TYPE, "type"),
        Problem(Code.INVALID_FIELD, "at"),
    }


def test_dates_and_instants_that_can_be_read_are_none() -> None:
    kinds = {FieldKind.DATE, FieldKind.BIRTH_DATE, FieldKind.INSTANT}
    for kind, fields in OWN.items():
        for name, rule in (COMMON | fields).items():  # type: ignore[operator]
            if rule.kind in kinds:
                good = "2012-12-12T12:12:12.121212+1212" if rule.kind is FieldKind.INSTANT else "2012-12-12"
                assert isinstance(read_message({**example(kind), name: good}, now=None), Accepted)


@pytest.mark.parametrize("number", range(64))
def test_no_answer_repeats_what_a_field_held(number: int) -> None:
    """A canary in every field, right or wrong, shows in nothing but the accepted message itself."""
    canary = f"hemlig{number}"
    for kind, fields in OWN.items():
        obj = {**example(kind), **dict.fromkeys([*fields, "extra"], canary), "at": canary, "sender": [canary]}
        result = reject({**obj, f"{canary} {canary}": canary})
        assert canary not in repr(result)
        assert canary not in repr([Line(1, obj, canary), Line(2, result, canary)])


LINES = [
    ("{" + f'"id": "{PERSON}"', Code.INVALID_JSON),
    (f'["{PERSON}"]', Code.INVALID_JSON),
    (f'{{"id": "{PERSON}", "id": "{PERSON}"}}', Code.INVALID_JSON),
    (f'{{"id": "{PERSON}", "x": NaN}}', Code.INVALID_JSON),
    (f'{{"id": "{PERSON}"}} \u00e5'.encode("latin-1"), Code.INVALID_ENCODING),
    (f'{{"id": "{PERSON}", "x": "{"x" * (1 << 20)}"}}', Code.LINE_TOO_LONG),
]


@pytest.mark.parametrize(("text", "code"), LINES)
def test_a_line_that_cannot_be_read_is_not_repeated(text: str | bytes, code: Code) -> None:
    [line] = read_ndjson(BytesIO(text if isinstance(text, bytes) else text.encode()))
    assert isinstance(line.content, Rejection)
    assert line.content == Rejection((Problem(code),))
    assert "1212" not in repr(line)
    assert text_to_keep(line, line.content) is None


def line_of(obj: object) -> Line:
    [line] = read_ndjson(BytesIO(json.dumps(obj).encode()))
    return line


@pytest.mark.parametrize(
    ("obj", "kept"),
    [
        ({"id": "m1", "type": "died"}, True),
        ({"id": "m1", "type": "died", "extra": PERSON}, False),
        (
            {
                "id": "m1",
                "type": "died",
                "extra": "\uff11\uff19\uff11\uff12\uff11\uff12\uff11\uff12\uff11\uff12\uff11\uff12",
            },
            False,
        ),  # escaped in the line
        ({"id": "m1", "type": "died", "extra": {PERSON: None}}, False),
        ({"id": "m1", "type": "died", "extra": 191212121212}, False),
    ],
)
def test_what_is_kept_of_a_rejected_line(obj: object, kept: bool) -> None:
    line = line_of(obj)
    assert not isinstance(line.content, Rejection)
    result = reject(line.content)
    assert text_to_keep(line, result) == (line.text if kept else None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"id": "m1"', True),
        ('{"id": "\\u0031\\u0039121212-1212"', False),  # not JSON, so nobody can say what it spells
        ('{"id": "a\x00b"}', False),  # not storable
    ],
)
def test_what_is_kept_of_a_line_that_is_no_json(text: str, kept: bool) -> None:
    [line] = read_ndjson(BytesIO(text.encode()))
    assert isinstance(line.content, Rejection)
    assert text_to_keep(line, line.content) == (text if kept else None)


def test_no_error_about_a_file_repeats_one(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadableError) as missing:
        list(open_source(tmp_path / f"{PERSON}.json"))
    with pytest.raises(SourceFormatError) as header:
        list(read_csv(BytesIO(f"id,episode,{PERSON}\n".encode())))
    for error in (missing, header):
        assert "1212" not in str(error.value)
        assert error.value.__cause__ is None


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_in_a_csv(delimiter: str) -> None:
    header = ["id", "episode", "type", "at", "extra.a", PERSON]
    rows = [
        ["m1", "e1", "died", "2023-03-01T10:00", PERSON, ""],
        ["m2", PERSON, "died", "2023-03-01T10:00", "", ""],
        ["m3", "e1", "died", "2023-03-01T10:00", "", "x"],
        ["m4", PERSON, "died"],
    ]
    text = "\n".join(delimiter.join(row) for row in [header, *rows])
    lines = list(read_csv(BytesIO(text.encode())))
    assert "1212" not in repr(lines)
    fields = [reject(line.content).problems[0] for line in lines[:3]]
    assert fields == [Problem(Code.IDENTITY_NUMBER, name) for name in ("extra", "episode", FIELD_NAME)]
    last = lines[3].content
    assert isinstance(last, Rejection)
    assert text_to_keep(lines[3], last) is None
