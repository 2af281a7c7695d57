"""Västmanland on both sides of 1 October 2019, and as it was known before and after the approval three days later."""

from datetime import date, time
from fractions import Fraction

import pytest

from agreements import load_agreements
from agreements.model import ChargeKind, Clause, GateKind

AGREEMENTS = load_agreements()
LAST_OLD, FIRST_NEW = date(2019, 9, 30), date(2019, 10, 1)


def _clause(day: date, *, known_on: date = date(2026, 1, 1)) -> Clause:
    (clause,) = AGREEMENTS.as_known_on(known_on).terms("19", day, "1980").clauses
    return clause


def _told(clause: Clause) -> tuple[bool, time | None, str | None]:
    assert clause.gate.population is not None
    return clause.gate.population.include_zero_days, clause.gate.cutoff, clause.gate.population.status


OLD, NEW = (True, time(13), None), (False, None, "UTFÖRD")


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2018, 1, 1), OLD),
        (LAST_OLD, OLD),
        (FIRST_NEW, NEW),
        (date(2019, 10, 4), NEW),
        (date(2026, 1, 1), NEW),
    ],
)
def test_zero_days_cutoff_and_status_change_on_one_date(day: date, told: tuple[bool, time | None, str | None]) -> None:
    assert _told(_clause(day)) == told


@pytest.mark.parametrize(
    ("known_on", "day", "told"),
    [
        (date(2019, 10, 3), LAST_OLD, OLD),
        (date(2019, 10, 3), FIRST_NEW, OLD),
        (date(2019, 10, 3), date(2030, 1, 1), OLD),
        (date(2019, 10, 4), LAST_OLD, OLD),
        (date(2019, 10, 4), FIRST_NEW, NEW),
    ],
)
def test_what_was_known_before_and_after_the_approval(
    known_on: date, day: date, told: tuple[bool, time | None, str | None]
) -> None:
    assert _told(_clause(day, known_on=known_on)) == told


@pytest.mark.parametrize("day", [LAST_OLD, FIRST_NEW])
@pytest.mark.parametrize("care", ["somatic", "psychiatric"])
@pytest.mark.parametrize("age", [None, 0, 17, 18, 90])
def test_the_mean_is_over_all_care_and_all_ages_above_three(day: date, care: str, age: int | None) -> None:
    clause = _clause(day)
    assert clause.covers(care, age)
    assert clause.gate.kind is GateKind.MEAN_ABOVE
    assert clause.gate.threshold is not None
    assert clause.gate.threshold.value == Fraction(3)
    assert clause.charge.kind is ChargeKind.MEAN_EXCESS
    assert clause.citation("threshold").assumption is not None


def test_one_ladder_for_local_disputes_and_one_for_those_of_principle() -> None:
    steps = AGREEMENTS.named("vastmanland").disputes
    numbered = [(step.matter, step.number) for step in steps]
    assert numbered == [("local", 1), ("local", 2), ("local", 3), ("principle", 1), ("principle", 2), ("principle", 3)]
