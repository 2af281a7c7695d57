"""What was known of agreements on a day, the days between which their terms are the same, and what fills their gaps."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import Agreements, load_agreements
from agreements.model import Ages, Terms
from agreements.registry import statute_gaps
from tests.agreements.kinds.loading import kinds_agreements

AGREEMENTS = kinds_agreements()
REGIONS = ("01", "03", "04", "14", "19", "20", "21", "23")
DAYS = st.dates(min_value=date(2018, 1, 1), max_value=date(2035, 12, 31))
ONE_DAY = timedelta(days=1)
PAYERS = {"01": "0180/farsta", "19": "1980", "23": "2380", "03": "0380"}
JH = "jamtland-harjedalen"


def _approved_late(day: date) -> Agreements:
    """The shipped agreements, Jämtland Härjedalen's approved as a whole on a day."""
    shipped = load_agreements()
    dated = shipped.dated[JH]
    late = replace(dated, agreement=replace(dated.agreement, approved=day))
    return Agreements(dated={**shipped.dated, JH: late})


def _value_ended_late(day: date) -> Agreements:
    """The shipped agreements, three days for the SIP call to mid 2022, approved on a day to be two from then on."""
    shipped = load_agreements()
    dated = shipped.dated[JH]
    (row,) = dated.values["sip_call_within_days"]
    rows = (
        replace(row, valid_to=date(2022, 6, 30), end_approved=day),
        replace(row, value=2, valid_from=date(2022, 7, 1), approved=day),
    )
    values = {**dated.values, "sip_call_within_days": rows}
    return Agreements(dated={**shipped.dated, JH: replace(dated, values=values)})


@pytest.mark.parametrize(("known_on", "governs"), [("2019-05-31", "lus"), ("2019-06-01", JH), ("2026-01-01", JH)])
def test_an_agreement_is_known_from_the_day_of_its_approval(known_on: str, governs: str) -> None:
    known = _approved_late(date(2019, 6, 1)).as_known_on(date.fromisoformat(known_on))
    assert known.governing("23", date(2019, 3, 1)).name == governs
    assert (JH in known.names()) == (governs == JH)


@pytest.mark.parametrize(
    ("known_on", "on", "days"),
    [
        ("2022-08-31", "2022-06-30", 3),
        ("2022-08-31", "2022-07-01", 3),
        ("2022-08-31", "2024-12-31", 3),
        ("2022-09-01", "2022-06-30", 3),
        ("2022-09-01", "2022-07-01", 2),
    ],
)
def test_a_value_runs_on_until_its_end_is_approved(known_on: str, on: str, days: int) -> None:
    known = _value_ended_late(date(2022, 9, 1)).as_known_on(date.fromisoformat(known_on))
    assert known.terms("23", date.fromisoformat(on)).sip_call_within_days.value == days


def test_what_a_file_does_not_date_was_always_known() -> None:
    early = AGREEMENTS.as_known_on(date(2018, 1, 1))
    assert early.names() == AGREEMENTS.names()
    assert early.terms("23", date(2020, 1, 1)) == AGREEMENTS.terms("23", date(2020, 1, 1))


def test_knowledge_is_worked_out_once() -> None:
    assert AGREEMENTS.as_known_on(date(2019, 10, 3)) is AGREEMENTS.as_known_on(date(2018, 1, 1))
    assert AGREEMENTS.as_known_on(date(2019, 10, 4)) is AGREEMENTS


@given(region=st.sampled_from(REGIONS), day=DAYS)
def test_terms_are_constant_between_two_breakpoints(region: str, day: date) -> None:
    breakpoints = AGREEMENTS.breakpoints(region)
    assert list(breakpoints) == sorted(set(breakpoints))
    first = max(edge for edge in breakpoints if edge <= day)
    for payer in (None, PAYERS.get(region), "9999"):
        assert AGREEMENTS.terms(region, day, payer) == AGREEMENTS.terms(region, first, payer)
        governing = AGREEMENTS.governing(region, day, payer)
        assert governing == AGREEMENTS.governing(region, first, payer)
        assert governing.suspended(day) == governing.suspended(first)


@given(region=st.sampled_from(REGIONS), day=DAYS)
def test_a_cached_day_says_what_a_fresh_one_says(region: str, day: date) -> None:
    assert AGREEMENTS.terms(region, day) == Agreements(dated=AGREEMENTS.dated).terms(region, day)


@pytest.mark.parametrize(
    ("region", "edges"),
    [
        ("03", ["2018-01-01", "2019-01-01"]),
        ("19", ["2018-01-01", "2019-01-01", "2019-10-01"]),
        ("23", ["2018-01-01", "2019-01-01", "2025-01-01"]),
    ],
)
def test_the_breakpoints_of_a_region(region: str, edges: list[str]) -> None:
    assert [edge.isoformat() for edge in AGREEMENTS.breakpoints(region)] == edges


def test_every_breakpoint_of_stockholm_changes_something() -> None:
    for before, edge in pairwise(AGREEMENTS.breakpoints("01")):
        assert before < edge
        day_before = edge - ONE_DAY
        changed = AGREEMENTS.terms("01", edge) != AGREEMENTS.terms("01", day_before)
        agreement = AGREEMENTS.named("stockholm")
        # 2019-01-01 is the statute's own: its psychiatry ended while Stockholm's interim agreement held
        assert changed or agreement.suspended(edge) != agreement.suspended(day_before) or edge == date(2019, 1, 1)


def test_the_agreements_of_a_region() -> None:
    assert [one.name for one in AGREEMENTS.of_region("01")] == ["stockholm"]
    assert AGREEMENTS.of_region("03") == ()


AGE_SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.none() | st.integers(0, 30)).map(lambda span: _span(*span)), max_size=4
)


def _span(first: int, length: int | None) -> Ages:
    return Ages(first, None if length is None else first + length)


@given(spans=AGE_SPANS, care=st.sampled_from([(), ("somatic",), ("psychiatric",)]), age=st.integers(0, 70))
def test_the_statute_fills_exactly_what_an_agreement_leaves_open(
    spans: list[Ages], care: tuple[str, ...], age: int
) -> None:
    (statute,) = _statute().clauses
    own = tuple(replace(statute, id="own", ages=ages, care=care) for ages in spans)
    pieces = statute_gaps(own, (statute,))
    for kind in ("somatic", "psychiatric"):
        by_own = any(clause.covers(kind, age) for clause in own)
        assert sum(piece.covers(kind, age) for piece in pieces) == (0 if by_own else 1)
    assert all(piece.citations == statute.citations for piece in pieces)


def _statute() -> Terms:
    return AGREEMENTS.terms("03", date(2023, 3, 1))
