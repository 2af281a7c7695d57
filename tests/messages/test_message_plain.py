"""The reading in one pass accepts nothing that the full reading would not accept with the same values."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.messages import validation
from hemgang.messages.model import Accepted, MessageType
from hemgang.messages.readers import read_object
from hemgang.messages.schema import COMMON, OWN
from hemgang.messages.validation import plain_values
from hemgang.simulate import lines

ADMITTED: dict[str, Any] = {
    "id": "m-1",
    "episode": "e-1",
    "type": "admitted",
    "at": "2023-04-01T10:00:00+02:00",
    "sender": "ward-3",
    "region": "23",
    "municipality": "2380",
    "care": "somatic",
    "age": 81,
    "groups": ["lss"],
}
NAMES = sorted({*COMMON, *(name for fields in OWN.values() for name in fields)})
ODD = st.one_of(
    st.sampled_from(
        ["", " ", "x", "19121212-1212", "1912-12-12", "2023-04-01", "2023-04-01T02:30", "yes", "é", "a\tb"]
    ),
    st.sampled_from(["23", "2380", "home", "x" * 128, "x" * 129, "\u00851", "191212121212", "a|b"]),
    st.none() | st.booleans() | st.integers(-1, 10**12) | st.floats(allow_nan=False),
    st.lists(st.sampled_from(["ward", "", "191212121212", "é"]), max_size=2),
)


def agrees(obj: dict[str, Any]) -> bool:
    """Return whether a message is plain, after comparing it with the full reading if it is."""
    kind = MessageType(obj["type"])
    if plain_values(obj, kind) is None:
        return False
    fully = validation._read_fully(obj, kind, None)
    assert isinstance(fully, Accepted)
    assert fully == validation.read_message(obj, now=None)
    assert not fully.problems
    return True


def test_most_of_a_feed_is_plain_and_reads_the_same() -> None:
    said = lines("19", start=date(2023, 4, 1), end=date(2023, 4, 20), seed=1, discharges=150, dirt=10.0)
    plain = total = 0
    for line in said:
        try:
            obj = read_object(line)
        except ValueError:
            continue
        if obj.get("type") in set(MessageType):
            total += 1
            plain += agrees(obj)
    assert total * 8 / 10 < plain < total


@given(kind=st.sampled_from(list(MessageType)), given_fields=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=4))
def test_whatever_stands_in_a_field_both_readings_agree(kind: MessageType, given_fields: dict[str, Any]) -> None:
    agrees({**ADMITTED, **given_fields, "type": kind.value})


@pytest.mark.parametrize(
    ("changes", "plain"),
    [
        ({}, True),
        ({"received_at": "2023-04-01T08:05:00Z"}, True),
        ({"at": "2023-04-01T10:00"}, True),  # read in Stockholm, without remark
        ({"at": "2023-10-29T02:30"}, False),  # an hour that comes twice: a remark
        ({"sender": None}, False),
        ({"sender": "Ängen"}, False),
        ({"sender": "ward-2023", "id": "20230401-7"}, True),
        ({"sender": "191212121212"}, False),
        ({"source": "link"}, False),
        ({"care": "dental"}, False),
        ({"groups": ["191212121212"]}, False),
        ({"age": 131}, False),
    ],
)
def test_what_is_plain(changes: dict[str, Any], plain: bool) -> None:
    assert agrees({**ADMITTED, **changes}) is plain


def test_a_plain_message_of_the_future_is_rejected_all_the_same() -> None:
    now = datetime(2023, 3, 30, tzinfo=UTC)
    assert not isinstance(validation.read_message(ADMITTED, now=now), Accepted)
    assert isinstance(validation.read_message(ADMITTED, now=datetime(2023, 3, 31, 9, tzinfo=UTC)), Accepted)
