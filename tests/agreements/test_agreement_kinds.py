"""Agreements built only of parameters: every kind of gate and charge is said in a file, none in code (4.1)."""

from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from agreements import load_agreements
from agreements.model import Attribution, ChargeKind, Clause, DayUnit, GateKind
from tests.agreements.kinds.loading import kinds_agreements, kinds_alone

DAY = date(2023, 3, 1)


def _clauses(region: str) -> tuple[Clause, ...]:
    return kinds_agreements().terms(region, DAY).clauses


def test_they_load_with_only_the_statute_beside_them(tmp_path: Path) -> None:
    assert kinds_alone(tmp_path).names() == ("dalarna", "joint-decision", "lus", "sormland", "vastra-gotaland")
    assert set(kinds_agreements().names()) == {*kinds_alone(tmp_path).names(), *load_agreements().names()}


@pytest.mark.parametrize("region", ["04", "14", "20"])
def test_a_mean_above_three_whose_excess_is_charged(region: str) -> None:
    clause = _clauses(region)[0]
    assert clause.gate.threshold is not None
    assert clause.gate.threshold.value == Fraction(3)
    assert clause.gate.population is not None
    assert clause.gate.population.include_zero_days
    assert clause.charge.kind is ChargeKind.MEAN_EXCESS
    assert clause.attribution is Attribution.DISCHARGE_MONTH
    assert (clause.cutoff, clause.open_counted) == (None, False)


def test_three_months_in_a_row_at_an_amount_of_its_own() -> None:
    (clause,) = _clauses("04")
    assert (clause.gate.kind, clause.gate.months) == (GateKind.CONSECUTIVE_MEAN_ABOVE, 3)
    amount = kinds_agreements().terms("04", DAY).amount_kr
    assert amount is not None
    assert amount.value == Decimal(6000)


@pytest.mark.parametrize("region", ["01", "14", "19", "20", "21", "23", "03"])
def test_elsewhere_the_statutes_amount_holds(region: str) -> None:
    assert kinds_agreements().terms(region, DAY).amount_kr is None


def test_long_stays_beside_a_mean_that_leaves_them_out() -> None:
    mean, long_stay = _clauses("14")
    assert mean.gate.population is not None
    assert not mean.gate.population.includes_individually_charged
    assert long_stay.gate.kind is GateKind.ALWAYS
    assert (long_stay.charge.free_care_days, long_stay.charge.unit) == (7, DayUnit.CALENDAR_DAY)


@pytest.mark.parametrize(("region", "decimals"), [("20", 2), ("14", None), ("04", None)])
def test_a_mean_is_rounded_only_where_its_agreement_says_so(region: str, decimals: int | None) -> None:
    assert _clauses(region)[0].charge.mean_decimals == decimals


def test_a_joint_decision_opens_an_individual_charge() -> None:
    (clause,) = _clauses("21")
    assert clause.gate.kind is GateKind.JOINT_DECISION
    assert clause.gate.monthly
    assert clause.gate.population is None
    assert clause.charge.kind is ChargeKind.INDIVIDUAL
    assert clause.cutoff == time(12)
