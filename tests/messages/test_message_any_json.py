"""Whatever JSON comes, it is accepted or rejected with reasons, never an exception (specification 1.2)."""

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from hemgang.messages.model import REMARKS, Accepted, MessageType, Rejection
from hemgang.messages.schema import COMMON, OWN
from hemgang.messages.validation import read_message
from tests.effort import examples

AT = datetime(2023, 3, 1, 9, 0, tzinfo=UTC)
NEEDED = {
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
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["2023-03-01", "23"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(sorted({name for fields in OWN.values() for name in fields} | {*COMMON})) | st.text()
CLOCKS = st.sampled_from([None, AT])


def example(kind: MessageType) -> dict[str, object]:
    own = {name: value for name, value in NEEDED.items() if name in OWN[kind]}
    return {"id": "m1", "episode": "e1", "type": kind.value, "at": "2023-03-01T10:00+01:00", **own}


@settings(max_examples=examples(300))
@given(JSON, CLOCKS)
def test_any_json_value_has_an_answer(obj: object, now: datetime | None) -> None:
    assert isinstance(read_message(obj, now=now), Accepted | Rejection)  # type: ignore[arg-type]


@settings(max_examples=examples(500))
@given(st.sampled_from(MessageType), st.dictionaries(NAMES, JSON, max_size=4), CLOCKS)
def test_any_change_to_a_good_message_has_an_answer(
    kind: MessageType, changes: dict[str, object], now: datetime | None
) -> None:
    result = read_message({**example(kind), **changes}, now=now)
    codes = {problem.code for problem in result.problems}
    if isinstance(result, Accepted):
        assert codes <= REMARKS
    else:
        assert codes
        assert not codes & REMARKS
    json.dumps([problem.field for problem in result.problems], ensure_ascii=False).encode()
