"""Unknown fields are kept as they came and reported, as long as a store can hold them (specification 1.2)."""

import pytest

from hemgang.findings import Code
from hemgang.messages.model import FIELD_NAME, Accepted, Problem, Rejection
from hemgang.messages.validation import read_message

DIED = {"id": "m1", "episode": "e1", "type": "died", "at": "2023-03-01T10:00+01:00"}


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a\nb\tc",
        "å" * 5000,
        0,
        -(2**63),
        2**63 - 1,
        1.5,
        False,
        [],
        {},
        [None, {"a": [1, {"b": None}]}],
        nested(16),
    ],
)
def test_kept_as_it_came(value: object) -> None:
    result = read_message({**DIED, "unheard_of": value}, now=None)
    assert isinstance(result, Accepted)
    assert result.message.fields == {"unheard_of": value}
    assert result.problems == (Problem(Code.UNKNOWN_FIELD, "unheard_of"),)


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63) - 1,
        10**400,
        float("nan"),
        float("inf"),
        -float("inf"),
        "a\x00b",
        "\x1b[2J",
        "\ud800",
        {"\udfff": 1},
        {"a": ["\x00"]},
        {1: 2},
        nested(17),
        nested(200_000),
        b"bytes",
        {1, 2},
        ("tuple",),
    ],
)
def test_what_no_store_could_hold(value: object) -> None:
    result = read_message({**DIED, "unheard_of": value}, now=None)
    assert result == Rejection((Problem(Code.INVALID_FIELD, "unheard_of"),), "m1")


@pytest.mark.parametrize("name", ["", "x" * 129, "a\x00", "\ud800", 7, None, ("a",)])
def test_what_cannot_be_the_name_of_a_field(name: object) -> None:
    result = read_message({**DIED, name: 1}, now=None)  # type: ignore[dict-item]
    assert result == Rejection((Problem(Code.INVALID_FIELD, FIELD_NAME),), "m1")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("kön", "kön"),
        ("a.b-c_1", "a.b-c_1"),
        ("x" * 64, "x" * 64),
        ("x" * 65, FIELD_NAME),
        ("Anna Andersson", FIELD_NAME),
        ("1", FIELD_NAME),
        ("=cmd()", FIELD_NAME),
        ("a\nb", FIELD_NAME),
    ],
)
def test_only_what_looks_like_a_name_is_shown(name: str, shown: str) -> None:
    result = read_message({**DIED, name: 1}, now=None)
    assert isinstance(result, Accepted)
    assert result.message.fields == {name: 1}
    assert result.problems == (Problem(Code.UNKNOWN_FIELD, shown),)


def test_a_field_of_another_type_is_unknown_too() -> None:
    result = read_message({**DIED, "ready_on": "2023-03-01"}, now=None)
    assert isinstance(result, Accepted)
    assert result.message.fields == {"ready_on": "2023-03-01"}
    assert result.problems == (Problem(Code.UNKNOWN_FIELD, "ready_on"),)


def test_an_unknown_field_is_no_reason_to_reject() -> None:
    result = read_message({**DIED, "at": "x", "unheard_of": 1}, now=None)
    assert result == Rejection((Problem(Code.INVALID_FIELD, "at"),), "m1")
