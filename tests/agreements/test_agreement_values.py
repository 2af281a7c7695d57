"""The values themselves, as specification 4.1 to 4.3 names them, and which of them rest on an assumption."""

from datetime import date, time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import UnknownAgreement, load_agreements
from agreements.fields import share
from agreements.model import Attribution, ChargeKind, Clause, GateKind, Policy, Population, Terms
from agreements.payers import municipalities
from calendars.staffing import STANDARD

AGREEMENTS = load_agreements()
STATUTE = AGREEMENTS.terms("03", date(2023, 3, 1))
JAMTLAND = AGREEMENTS.terms("23", date(2023, 3, 1))


@pytest.mark.parametrize("terms", [STATUTE, JAMTLAND], ids=["lus", "jamtland-harjedalen"])
def test_the_duties_that_no_agreement_changes(terms: Terms) -> None:
    assert terms.admission_notice_within_hours.value == 24
    assert terms.sip_call_within_days.value == 3
    assert terms.sip_established_within_days.value == 30
    assert terms.planning_response_hours.value == 4
    assert terms.care_contact_before_discharge.value
    assert terms.discharge_information_same_day.value
    assert terms.planning.value == STANDARD


def test_the_conditions_on_the_single_patient() -> None:
    gates = JAMTLAND.gates
    assert gates == STATUTE.gates
    assert gates.late_admission_notice.value is Policy.REVIEW
    assert gates.late_sip_call.value is Policy.BLOCK
    assert gates.unknown_sip_need.value is Policy.REVIEW
    assert gates.unknown_outpatient_care.value is Policy.REVIEW
    assert not gates.fixed_care_contact_required.value
    assert not gates.population_requires_gates.value
    assert gates.leave_days_count.value


def test_where_the_agreement_is_silent_the_statute_answers_and_says_so() -> None:
    assert JAMTLAND.sip_call_within_days.citation.agreement == "jamtland-harjedalen"
    assert JAMTLAND.planning.citation.agreement == "jamtland-harjedalen"
    assert JAMTLAND.admission_notice_within_hours.citation.agreement == "lus"
    assert JAMTLAND.gates.late_sip_call.citation.agreement == "lus"


def test_planning_hours_are_quoted_in_jamtland_and_borrowed_elsewhere() -> None:
    assert JAMTLAND.planning.citation.quote is not None
    assert STATUTE.planning.citation.assumption is not None


def test_discharge_hours_are_the_agreements_alone() -> None:
    assert JAMTLAND.discharge_hours is not None
    assert JAMTLAND.discharge_hours.value.opens == time(7)
    assert JAMTLAND.discharge_hours.value.closes == time(17)
    assert STATUTE.discharge_hours is None


def test_the_statutes_clause() -> None:
    (clause,) = STATUTE.clauses
    assert clause.gate.kind is GateKind.ALWAYS
    assert clause.charge.kind is ChargeKind.INDIVIDUAL
    assert clause.charge.free_care_days == 3
    assert clause.cutoff == time(12)
    assert clause.ends_counted == ("discharged",)
    assert clause.open_counted
    assert clause.attribution is Attribution.CARE_DAY
    assert clause.care == ()
    assert _assumed(clause) == {"ends_counted", "attribution"}


def test_condition_1() -> None:
    clause = JAMTLAND.clauses[0]
    assert clause.id == "condition-1"
    assert clause.gate.kind is GateKind.SHARE_BELOW
    assert clause.gate.within_days == 1
    assert clause.gate.min_share == Fraction(3, 4)
    assert clause.gate.cutoff is None
    assert clause.charge.free_care_days == 3
    assert clause.cutoff == time(12)
    assert clause.attribution is Attribution.DISCHARGE_MONTH
    assert not clause.open_counted
    assert clause.gate.population == Population()
    assert _assumed(clause) == {"free_care_days", "free_unit", "cutoff", "status", "open_counted", "attribution"}


def test_condition_2() -> None:
    clause = JAMTLAND.clauses[1]
    assert clause.id == "condition-2"
    assert clause.gate.kind is GateKind.ALWAYS
    assert clause.charge.free_care_days == 7
    assert clause.cutoff is None
    assert clause.attribution is Attribution.DISCHARGE_MONTH
    assert clause.citation("free_care_days").quote is not None
    assert _assumed(clause) == {"cutoff", "ends_counted", "open_counted", "attribution"}


@pytest.mark.parametrize(("on_day_0_or_1", "exempt"), [(20, False), (22, False), (23, True), (25, True)])
def test_thirty_discharged_against_three_quarters(on_day_0_or_1: int, exempt: bool) -> None:
    threshold = JAMTLAND.clauses[0].gate.min_share
    assert threshold is not None
    assert (Fraction(on_day_0_or_1, 30) >= threshold) == exempt


@given(st.integers(min_value=1, max_value=10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_three_quarters_is_exact(counts: tuple[int, int]) -> None:
    within, everyone = counts
    threshold = JAMTLAND.clauses[0].gate.min_share
    assert threshold is not None
    assert (Fraction(within, everyone) >= threshold) == (4 * within >= 3 * everyone)


@pytest.mark.parametrize(
    ("raw", "value"), [("3/4", Fraction(3, 4)), (Decimal("0.75"), Fraction(3, 4)), ("2/3", Fraction(2, 3))]
)
def test_a_share_is_read_exactly(raw: object, value: Fraction) -> None:
    assert share(raw) == value


@pytest.mark.parametrize(
    "raw", ["0", "4/3", "-1/2", "1/0", "75 %", "", 75, 1, True, Decimal("NaN"), Decimal("inf"), None]
)
def test_what_is_no_share_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="share"):
        share(raw)


def test_a_detail_that_a_clause_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"condition-2\.min_share"):
        JAMTLAND.clauses[1].citation("min_share")


def test_agreements_by_name() -> None:
    assert AGREEMENTS.names() == ("jamtland-harjedalen", "lus", "stockholm", "vastmanland")
    agreement = AGREEMENTS.named("jamtland-harjedalen")
    assert agreement.region == "23"
    assert agreement.citation.parameter == "valid_from"
    assert {citation.parameter for citation in agreement.citations} == {
        "valid_from",
        "valid_to",
        "parties",
        "fallback",
    }
    with pytest.raises(
        UnknownAgreement, match="'jamtland'; known are jamtland-harjedalen, lus, stockholm, vastmanland"
    ):
        AGREEMENTS.named("jamtland")


@pytest.mark.parametrize(
    ("name", "county"), [("jamtland-harjedalen", "23"), ("stockholm", "01"), ("vastmanland", "19")]
)
def test_the_parties_are_the_municipalities_of_the_county(name: str, county: str) -> None:
    codes = {one.code for one in municipalities().values() if one.county == county}
    assert set(AGREEMENTS.named(name).parties) == codes


def test_all_municipalities_are_there() -> None:
    known = municipalities()
    assert len(known) == 290
    assert (known["2380"].name, known["2380"].region) == ("Östersund", "Region Jämtland Härjedalen")
    assert all(code[:2] == one.county and len(code) == 4 for code, one in known.items())
    assert len({one.county for one in known.values()}) == 21


def test_the_shipped_files_are_read_once() -> None:
    assert load_agreements() is load_agreements()
    assert municipalities() is municipalities()


def _assumed(clause: Clause) -> set[str]:
    return {citation.parameter.partition(".")[2] for citation in clause.citations if citation.assumption is not None}
