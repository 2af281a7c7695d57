"""Every type's good example, every field's bad ones, and the remarks (specification 1.2)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hemgang.findings import Code
from hemgang.messages.model import Accepted, Message, MessageType, Problem, Rejection
from hemgang.messages.schema import COMMON, OWN, FieldKind
from hemgang.messages.validation import read_message

AT = datetime(2023, 3, 1, 9, 0, tzinfo=UTC)
ENVELOPE = {"id": "m1", "episode": "e1", "at": "2023-03-01T10:00:00+01:00"}

GOOD: Mapping[str, Mapping[str, Any]] = {
    "admitted": {
        "region": "23",
        "municipality": "2380",
        "district": "Frösön",
        "care": "somatic",
        "clinic": "Medicin",
        "care_centre": "SE2321000016-1003",
        "birth_date": "1941-12-12",
        "age": 81,
        "sex": "female",
        "legal_status": "voluntary",
        "groups": ["lss", "addiction"],
    },
    "admission_notice": {
        "expected_discharge": "2023-03-04",
        "to": ["kommun", "hc"],
        "assessed_at": "2023-03-02T08:00+01:00",
    },
    "admission_notice_acknowledged": {},
    "planning_started": {},
    "care_contact_assigned": {"contact": "anna"},
    "expected_discharge_changed": {"expected_discharge": "2024-02-29"},
    "sip_need": {"needed": "declined"},
    "outpatient_care": {"available": "no"},
    "care_plan_established": {},
    "ready_notice": {"ready_on": "2023-03-02", "to": []},
    "ready_withdrawn": {"reason": "feber\nny bedömning"},
    "sip_called": {"by": "anna"},
    "sip_held": {},
    "sip_established": {},
    "discharge_information": {},
    "leave_started": {},
    "leave_ended": {},
    "transferred": {"clinic": "Kirurgi", "region": "01"},
    "payer_changed": {"municipality": "0180", "district": "Spånga-Tensta"},
    "discharged": {"to": ["hem"], "status": "UTFÖRD"},
    "died": {},
    "cancelled": {},
    "discharge_cancelled": {},
    "retracted": {"message": "m0"},
}

TYPED = {
    "birth_date": date(1941, 12, 12),
    "groups": ("lss", "addiction"),
    "assessed_at": datetime(2023, 3, 2, 7, tzinfo=UTC),
    "ready_on": date(2023, 3, 2),
}

Bad = tuple[object, ...]
NOT_TEXT: Bad = (1, 1.5, True, [], ["a"], {})
NOT_A_NAME: Bad = (*NOT_TEXT, "", " ", "x" * 129, "a\nb", "a\x00b", "a\x7f", "a\u2028b", "\ud800")
NOT_NAMES: Bad = ("a", 1, True, {}, [1], [None], [""], ["a", ["b"]], ["a\x00"])
NOT_AN_INSTANT: Bad = (*NOT_TEXT, 1677661200, "", "2023-03-01", "yesterday", "1999-03-01T10:00Z")
NO_DATE: Bad = (*NOT_TEXT, 20230304, "", "2023-02-29", "2023-3-4", "20230304", "2023-03-04T10:00")

BAD: Mapping[FieldKind, Bad] = {
    FieldKind.NAME: NOT_A_NAME,
    FieldKind.NAMES: NOT_NAMES,
    FieldKind.NAME_OR_NAMES: (1, True, {}, "", [1], [""], ["a", ["b"]]),
    FieldKind.TEXT: (1, True, [], {}, "a\x00b", "\udc00", "x" * 4001),
    FieldKind.CHOICE: (1, True, [], {}, "", "YES", "maybe", " yes"),
    FieldKind.INSTANT: NOT_AN_INSTANT,
    FieldKind.DATE: (*NO_DATE, "1999-12-31", "2101-01-01"),
    FieldKind.BIRTH_DATE: (*NO_DATE, "1868-12-31", "1892-03-02", "2023-03-03"),
    FieldKind.REGION: (23, True, [], {}, "", "2", "230", "2a", "\uff12\uff13", " 23"),
    FieldKind.MUNICIPALITY: (2380, True, [], {}, "", "238", "23800", "238x", "0180/1"),
    FieldKind.AGE: ("81", 81.0, True, [], {}, -1, 131, 10**400),
    FieldKind.TYPE: (1, True, [], {}),
}


NEEDED = {
    "admitted": {"region", "municipality", "care"},
    "care_contact_assigned": {"contact"},
    "expected_discharge_changed": {"expected_discharge"},
    "sip_need": {"needed"},
    "outpatient_care": {"available"},
    "transferred": {"clinic"},
    "payer_changed": {"municipality"},
    "retracted": {"message"},
}


def example(kind: str, **changes: object) -> dict[str, Any]:
    return {**ENVELOPE, "type": kind, **GOOD[kind], **changes}


def read(obj: object, now: datetime | None = None) -> Accepted | Rejection:
    return read_message(obj, now=now)  # type: ignore[arg-type]


def accepted(obj: object, now: datetime | None = None) -> Message:
    result = read(obj, now)
    assert isinstance(result, Accepted), result
    return result.message


def reasons(obj: object, now: datetime | None = None) -> tuple[Problem, ...]:
    result = read(obj, now)
    assert isinstance(result, Rejection)
    return result.problems


def test_every_type_and_field_has_an_example() -> None:
    assert set(GOOD) == {kind.value for kind in MessageType}
    for kind, fields in OWN.items():
        assert set(GOOD[kind.value]) == set(fields)


@pytest.mark.parametrize("kind", MessageType)
def test_the_good_example_of_every_type(kind: MessageType) -> None:
    result = read(example(kind.value))
    assert isinstance(result, Accepted)
    assert result.problems == ()
    message = result.message
    assert (message.id, message.episode, message.type) == ("m1", "e1", kind)
    assert (message.at, message.received_at, message.sender) == (AT, AT, None)
    assert set(message.fields) == set(GOOD[kind.value])
    for name in TYPED.keys() & message.fields.keys():
        assert message.fields[name] == TYPED[name]


@pytest.mark.parametrize("kind", MessageType)
def test_with_the_needed_fields_alone(kind: MessageType) -> None:
    needed = NEEDED.get(kind.value, set())
    obj = {name: value for name, value in example(kind.value).items() if name in needed | {*ENVELOPE, "type"}}
    assert set(accepted(obj).fields) == needed
    nulls = dict.fromkeys((*OWN[kind].keys() - needed, "sender", "received_at", "unheard_of"))
    assert accepted({**obj, **nulls}) == accepted(obj)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind.value, name)
        for kind in MessageType
        for name in sorted({"id", "episode", "type", "at"} | NEEDED.get(kind.value, set()))
    ],
)
def test_without_a_needed_field(kind: str, name: str) -> None:
    obj = example(kind)
    del obj[name]
    assert reasons(obj) == (Problem(Code.INVALID_FIELD, name),)
    assert reasons({**obj, name: None}) == (Problem(Code.INVALID_FIELD, name),)


@pytest.mark.parametrize(
    ("kind", "name", "bad"),
    [
        (kind.value, name, bad)
        for kind, fields in OWN.items()
        for name, rule in (COMMON | fields if kind is MessageType.DIED else fields).items()  # type: ignore[operator]
        for bad in BAD[rule.kind]
    ],
)
def test_every_bad_value_of_every_field(kind: str, name: str, bad: object) -> None:
    assert reasons(example(kind, **{name: bad})) == (Problem(Code.INVALID_FIELD, name),)


@pytest.mark.parametrize("text", ["", "Admitted", "unheard_of", "admitted ", "\x00"])
def test_a_type_that_is_none(text: str) -> None:
    assert reasons(example("died", type=text)) == (Problem(Code.UNKNOWN_TYPE, "type"),)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("id", "x" * 128),
        ("id", "å/ä:ö 7"),
        ("sender", "SE2321000016-1003"),
        ("received_at", "2022-01-01T00:00Z"),
        ("age", 0),
        ("age", 130),
        ("birth_date", "2023-03-02"),  # born at 23:30 UTC is the next day in Stockholm
        ("birth_date", "1892-03-03"),  # 130 years
        ("sex", "unknown"),
        ("legal_status", "compulsory_outpatient"),
        ("groups", []),
    ],
)
def test_values_at_the_edge_that_are_good(name: str, good: object) -> None:
    assert isinstance(read(example("admitted", **{name: good})), Accepted)


def test_a_discharge_names_one_place_or_several() -> None:
    assert accepted(example("discharged", to="hem")).fields["to"] == ("hem",)
    assert accepted(example("discharged", to=["hem"])).fields["to"] == ("hem",)
    assert reasons(example("ready_notice", to="hem")) == (Problem(Code.INVALID_FIELD, "to"),)


def test_all_problems_are_found_at_once() -> None:
    obj = example("admitted", region=23, care="x", at="2023-03-26T02:30", sex=1, unheard_of=1)
    assert set(reasons(obj)) == {
        Problem(Code.INVALID_FIELD, "region"),
        Problem(Code.INVALID_FIELD, "care"),
        Problem(Code.NONEXISTENT_TIME, "at"),
        Problem(Code.INVALID_FIELD, "sex"),
    }


def test_an_ambiguous_time_is_accepted_with_a_remark() -> None:
    result = read(example("died", at="2023-10-29T02:30", received_at="2023-10-29T02:40"))
    assert isinstance(result, Accepted)
    assert result.message.at == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert result.problems == (
        Problem(Code.AMBIGUOUS_TIME, "at"),
        Problem(Code.AMBIGUOUS_TIME, "received_at"),
    )


@pytest.mark.parametrize("name", ["at", "received_at"])
def test_a_message_may_lie_24_hours_ahead_of_the_clock(name: str) -> None:
    obj = example("died", at="2023-03-01T00:00Z") | {name: "2023-03-01T09:00Z"}
    assert accepted(obj, now=AT - timedelta(hours=24)).type is MessageType.DIED
    late = AT - timedelta(hours=24, microseconds=1)
    assert Problem(Code.FUTURE_MESSAGE, name) in reasons(obj, now=late)
    assert accepted(obj, now=None).type is MessageType.DIED


@pytest.mark.parametrize("obj", [None, 1, "a", [], [{"id": "a"}], True, 1.5])
def test_what_is_no_object(obj: object) -> None:
    assert reasons(obj) == (Problem(Code.INVALID_JSON),)


def test_the_id_of_a_rejected_message_is_told_where_it_is_one() -> None:
    assert read(example("died", at="x")) == Rejection((Problem(Code.INVALID_FIELD, "at"),), "m1")
    assert read(example("died", id="m\x00")) == Rejection((Problem(Code.INVALID_FIELD, "id"),), None)
