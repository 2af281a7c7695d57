"""Stockholm on both sides of every date on which something changes, for adults, children and both kinds of care."""

from datetime import date, time
from fractions import Fraction

import pytest

from agreements import load_agreements
from agreements.model import Attribution, ChargeKind, Clause, DayUnit, GateKind, Terms, Threshold

AGREEMENTS = load_agreements()
ADULT, CHILD = 18, 17
OCTOBER = Threshold(county_mean_of="2020-10")


def _terms(day: str) -> Terms:
    return AGREEMENTS.terms("01", date.fromisoformat(day), "0180/farsta")


def _clause(day: str, care: str, age: int | None) -> Clause:
    (clause,) = [one for one in _terms(day).clauses if one.covers(care, age)]
    return clause


@pytest.mark.parametrize(
    ("day", "care", "age", "clause"),
    [
        ("2018-10-31", "somatic", ADULT, "statute"),
        ("2018-11-01", "somatic", ADULT, "interim-somatic"),
        ("2018-11-01", "somatic", CHILD, "interim-somatic"),
        ("2019-12-31", "somatic", ADULT, "interim-somatic"),
        ("2020-01-01", "somatic", ADULT, "mean"),
        ("2020-01-01", "somatic", None, "mean"),
        ("2020-01-01", "somatic", CHILD, "statute"),
        ("2020-01-01", "somatic", 0, "statute"),
        ("2026-11-01", "somatic", ADULT, "mean"),
        ("2018-10-31", "psychiatric", ADULT, "statute-psychiatric"),
        ("2018-11-01", "psychiatric", ADULT, "interim-psychiatric"),
        ("2019-12-31", "psychiatric", CHILD, "interim-psychiatric"),
        ("2020-01-01", "psychiatric", ADULT, "psychiatric"),
        ("2020-01-01", "psychiatric", CHILD, "psychiatric"),
        ("2021-06-30", "psychiatric", ADULT, "psychiatric"),
        ("2021-07-01", "psychiatric", ADULT, "mean"),
        ("2021-07-01", "psychiatric", CHILD, "statute"),
    ],
)
def test_exactly_one_clause_is_for_a_patient(day: str, care: str, age: int | None, clause: str) -> None:
    assert _clause(day, care, age).id == clause


@pytest.mark.parametrize(
    ("day", "threshold"),
    [
        ("2020-01-01", Threshold(Fraction(2))),
        ("2020-10-31", Threshold(Fraction(2))),
        ("2020-11-01", OCTOBER),
        ("2021-06-30", OCTOBER),
        ("2021-07-01", OCTOBER),
        ("2021-10-31", OCTOBER),
        ("2021-11-01", Threshold(Fraction(13, 10))),
        ("2030-01-01", Threshold(Fraction(13, 10))),
    ],
)
def test_the_threshold_on_both_sides_of_each_date(day: str, threshold: Threshold) -> None:
    clause = _clause(day, "somatic", ADULT)
    assert clause.gate.threshold == threshold
    assert clause.gate.kind is GateKind.MEAN_ABOVE
    assert clause.charge.kind is ChargeKind.MEAN_EXCESS
    assert clause.charge.mean_decimals is None
    assert clause.attribution is Attribution.DISCHARGE_MONTH
    assert clause.gate.cutoff is None


def test_who_the_mean_is_over() -> None:
    population = _clause("2020-01-01", "somatic", ADULT).gate.population
    assert population is not None
    assert population.include_zero_days
    assert population.status is None
    assert not population.includes_individually_charged


@pytest.mark.parametrize(
    ("day", "care", "free", "unit"),
    [
        ("2018-10-31", "somatic", 3, DayUnit.CALENDAR_DAY),
        ("2018-11-01", "somatic", 5, DayUnit.WEEKDAY),
        ("2019-12-31", "somatic", 5, DayUnit.WEEKDAY),
        ("2018-10-31", "psychiatric", 30, DayUnit.CALENDAR_DAY),
        ("2018-11-01", "psychiatric", 30, DayUnit.WEEKDAY),
        ("2019-12-31", "psychiatric", 30, DayUnit.WEEKDAY),
        ("2020-01-01", "psychiatric", 5, DayUnit.CALENDAR_DAY),
        ("2021-06-30", "psychiatric", 5, DayUnit.CALENDAR_DAY),
    ],
)
def test_the_free_days_of_single_patients(day: str, care: str, free: int, unit: DayUnit) -> None:
    clause = _clause(day, care, ADULT)
    assert (clause.charge.free_care_days, clause.charge.unit) == (free, unit)
    assert clause.cutoff == time(12)
    assert clause.attribution is Attribution.CARE_DAY
    assert clause.open_counted


@pytest.mark.parametrize(
    ("day", "required"), [("2018-10-31", False), ("2018-11-01", False), ("2019-12-31", False), ("2020-01-01", True)]
)
def test_a_fixed_care_contact_is_asked_for_from_2020(day: str, required: bool) -> None:
    assert _terms(day).gates.fixed_care_contact_required.value is required


@pytest.mark.parametrize(("day", "dormant"), [("2022-10-31", False), ("2022-11-01", True), ("2026-11-01", True)])
def test_liability_is_dormant_since_the_systems_were_changed(day: str, dormant: bool) -> None:
    suspension = AGREEMENTS.named("stockholm").suspended(date.fromisoformat(day))
    assert (suspension is not None) == dormant
    assert suspension is None or suspension.citation.assumption is not None


def test_the_dispute_ladder_has_three_steps_and_ends_in_court() -> None:
    steps = AGREEMENTS.named("stockholm").disputes
    assert [(step.matter, step.number, step.within_days) for step in steps] == [("local", n, None) for n in (1, 2, 3)]
    assert steps[-1].who == "svensk allmän domstol"


def test_the_statutes_clause_for_children_keeps_the_statutes_words() -> None:
    clause = _clause("2020-01-01", "somatic", CHILD)
    assert (clause.care, clause.ages.first, clause.ages.last) == (("somatic",), 0, 17)
    assert {citation.agreement for citation in clause.citations} == {"lus"}
    assert clause.citation("free_care_days").quote is not None
