"""The canonical text of a message: stable, read back exactly, itself a line of NDJSON (specification 1.2)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.timezone import local
from hemgang.messages.canonical import canonical, canonical_of, content_digest, from_canonical
from hemgang.messages.identity_numbers import holds_identity_number, texts_in
from hemgang.messages.model import Accepted, Message, MessageType, StoredMessageError
from hemgang.messages.schema import COMMON, OWN, FieldKind, FieldRule
from hemgang.messages.validation import read_message
from tests.effort import examples

AT = datetime(2023, 3, 1, 9, 0, tzinfo=UTC)
MESSAGE = Message(
    id="m1",
    episode="e/å",
    type=MessageType.ADMISSION_NOTICE,
    at=AT,
    received_at=datetime(2023, 3, 1, 9, 0, 1, 500, tzinfo=UTC),
    sender="avd",
    fields={
        "to": ("kommun", "hc"),
        "expected_discharge": date(2023, 3, 4),
        "assessed_at": AT,
        "extra": {"b": 1, "a": [None, 1.5, True]},
    },
)
TEXT = (
    '{"assessed_at":"2023-03-01T09:00:00Z","at":"2023-03-01T09:00:00Z","episode":"e/å",'
    '"expected_discharge":"2023-03-04","extra":{"a":[null,1.5,true],"b":1},"id":"m1",'
    '"received_at":"2023-03-01T09:00:01.000500Z","sender":"avd","to":["kommun","hc"],"type":"admission_notice"}'
)

PLAIN = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"])
NAMES = st.text(PLAIN, min_size=1, max_size=128).filter(lambda name: not name.isspace())
INSTANTS = st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
DATES = st.dates(date(2000, 1, 1), date(2100, 12, 31))
VALUES: dict[FieldKind, st.SearchStrategy[Any]] = {
    FieldKind.NAME: NAMES,
    FieldKind.NAMES: st.lists(NAMES, max_size=3).map(tuple),
    FieldKind.NAME_OR_NAMES: st.lists(NAMES, max_size=3).map(tuple),
    FieldKind.TEXT: st.text(PLAIN | st.sampled_from("\n\t"), max_size=200),
    FieldKind.INSTANT: INSTANTS,
    FieldKind.DATE: DATES,
    FieldKind.BIRTH_DATE: st.dates(date(1900, 1, 1), date(1970, 1, 1)),
    FieldKind.REGION: st.integers(0, 99).map("{:02d}".format),
    FieldKind.MUNICIPALITY: st.integers(0, 9999).map("{:04d}".format),
    FieldKind.AGE: st.integers(0, 130),
}
UNKNOWN = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner | st.none(), max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def value_of(rule: FieldRule) -> st.SearchStrategy[Any]:
    return st.sampled_from(rule.choices) if rule.choices else VALUES[rule.kind]


@st.composite
def messages(draw: st.DrawFn) -> Message:
    kind = draw(st.sampled_from(MessageType))
    fields = {name: draw(value_of(rule)) for name, rule in OWN[kind].items() if rule.needed or draw(st.booleans())}
    at = draw(INSTANTS if "birth_date" not in fields else st.just(AT))
    unknown = draw(st.dictionaries(NAMES, UNKNOWN, max_size=2))
    extra = {name: value for name, value in unknown.items() if name not in COMMON and name not in OWN[kind]}
    sender = draw(st.none() | NAMES)
    return Message(draw(NAMES), draw(NAMES), kind, at, draw(INSTANTS), sender, {**fields, **extra})


@settings(max_examples=examples(300))
@given(messages())
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    text = canonical(message)
    back = from_canonical(text)
    assert back == message
    assert canonical(back) == text
    assert "\n" not in text
    for name, value in message.fields.items():
        assert type(back.fields[name]) is type(value)
    assert type(back.at) is datetime
    assert back.at.tzinfo is UTC


@settings(max_examples=examples(300))
@given(messages())
def test_the_canonical_text_is_a_line_that_can_be_read(message: Message) -> None:
    text = canonical(message)
    obj = json.loads(text)
    if any(map(holds_identity_number, texts_in(obj))):
        return  # made by chance; whether it is refused, the privacy tests say
    result = read_message(obj, now=None)
    assert isinstance(result, Accepted)
    assert result.message == message


def test_the_text_is_stable() -> None:
    assert canonical(MESSAGE) == TEXT
    assert from_canonical(TEXT) == MESSAGE
    assert content_digest(MESSAGE) == "39da1d551da960211f148cfa4de6774568492c67d277598497d88cd6e5749ca3"


def variant(**changes: Any) -> Message:
    return replace(MESSAGE, **changes)


def test_one_instant_has_one_content_however_written() -> None:
    there = AT.astimezone(timezone(timedelta(hours=-5)))
    for at in (there, local(AT)):
        same = variant(at=at, fields={**MESSAGE.fields, "assessed_at": at})
        assert content_digest(same) == content_digest(MESSAGE)
    reordered = variant(fields=dict(reversed(list(MESSAGE.fields.items()))))
    assert content_digest(reordered) == content_digest(MESSAGE)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "m2"},
        {"episode": "e"},
        {"type": MessageType.READY_NOTICE},
        {"at": AT + timedelta(microseconds=1)},
        {"received_at": AT},
        {"sender": None},
        {"fields": {}},
        {"fields": {**MESSAGE.fields, "to": ("hc", "kommun")}},
        {"fields": {**MESSAGE.fields, "extra": {"b": "1", "a": [None, 1.5, True]}}},
        {"fields": {**MESSAGE.fields, "extra": {"b": True, "a": [None, 1.5, True]}}},
    ],
)
def test_other_content_has_another_digest(changes: dict[str, Any]) -> None:
    assert content_digest(variant(**changes)) != content_digest(MESSAGE)


@pytest.mark.parametrize(
    "changes",
    [
        {"at": datetime(2023, 3, 1, 9)},  # noqa: DTZ001
        {"fields": {"x": datetime(2023, 3, 1, 9)}},  # noqa: DTZ001
        {"fields": {"x": {1, 2}}},
        {"fields": {"x": b"1"}},
        {"fields": {"x": float("nan")}},
    ],
)
def test_what_has_no_canonical_text(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"time zone|JSON"):
        canonical(variant(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"a"',
        "{}",
        TEXT.replace("admission_notice", "hemlig"),
        TEXT.replace('"type":"admission_notice"', '"type":["hemlig"]'),
        TEXT.replace('"id":"m1",', ""),
        TEXT.replace("2023-03-04", "hemlig"),
        TEXT.replace('"at":"2023-03-01T09:00:00Z"', '"at":5'),
        TEXT[:-1],
    ],
)
def test_a_damaged_text_is_an_error_that_does_not_show_it(text: str) -> None:
    with pytest.raises(StoredMessageError) as damaged:
        from_canonical(text)
    assert str(damaged.value) == "a stored message is damaged: it cannot be read back"
    assert damaged.value.__suppress_context__


@pytest.mark.parametrize("given", ["23", "Jämtland", ["23"], 23, {"a": 1}])
def test_only_a_type_that_has_a_region_is_found_by_it(given: object) -> None:
    """A field named region on any other type is an unknown field, which may hold anything."""
    elsewhere = Message("m1", "e1", MessageType.DISCHARGED, AT, AT, fields={"region": given})
    assert canonical_of(elsewhere).region is None
    assert from_canonical(canonical_of(elsewhere).text) == elsewhere
    for kind in (MessageType.ADMITTED, MessageType.TRANSFERRED):
        assert canonical_of(replace(elsewhere, type=kind, fields={"region": "23"})).region == "23"
