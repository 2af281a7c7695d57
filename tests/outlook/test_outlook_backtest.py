"""Backtests: all months in one evaluation say what a draft of each month says; what is unknown is said to be."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from hemgang.liability.day_ledger import ore
from hemgang.liability.draft import draft_facts
from hemgang.liability.model import Month
from hemgang.outlook.scenarios import OutlookRefused, Scenario, as_if, backtest, months_between, ruled_by
from tests.liability.discharges import BERG, VERSIONS, stay
from tests.outlook.county import OVER, REGION, book_at, county_at, facts_of, world


@pytest.mark.parametrize("word", ["actual", "vastmanland@2023-03-01", "lus@2023-03-01"])
def test_each_month_is_what_its_draft_says(word: str) -> None:
    known, book = county_at(OVER)
    asked = world(word)
    months = months_between(Month(2023, 2), Month(2023, 4))
    (tried,) = backtest(known, months, [asked], book)
    for month in months:
        drafted = draft_facts(known, month, ruled_by(book, asked.agreements), versions=VERSIONS)
        stated = {one.payer: (one.care_days, ore(one.amount)) for one in drafted.statements if one.amount}
        own = {payer: one for (payer, of), one in tried.months.items() if of == month}
        assert {payer: (one.care_days, one.amount) for payer, one in own.items() if one.amount} == stated
        assert tried.of_month(month).amount == sum(amount for _, amount in stated.values())
    assert tried.total().care_days == sum(tried.of_month(month).care_days for month in months)


def test_months_whose_amount_is_not_known_are_told_in_care_days() -> None:
    book = replace(book_at("2024-06-01 12:00"), priced=False)
    known = facts_of(
        [*stay("a", left="2023-03-10 10:00"), *stay("b", ready="2024-03-01 09:00", left="2024-03-10 10:00")], book
    )
    (tried,) = backtest(known, months_between(Month(2023, 3), Month(2024, 4)), [world("lus@2023-03-01")], book)
    assert tried.unpriced == (Month(2024, 3),)
    assert tried.of_month(Month(2023, 3)).amount == 6 * 10_500_00
    assert (tried.of_month(Month(2024, 3)).care_days, tried.of_month(Month(2024, 3)).amount) == (Fraction(6), None)
    assert tried.of_payer(BERG).amount is None


def test_a_threshold_that_cannot_be_known_is_that_agreements_problem_alone() -> None:
    known, book = county_at(OVER)
    on = date(2021, 1, 1)
    unknown = Scenario("stockholm", on, as_if(book.agreements, "stockholm", on=on, region=REGION))
    first, second = backtest(known, (Month(2023, 3),), [unknown, world("actual")], book)
    assert first.problem is not None
    assert "2020-10" in first.problem
    assert first.months == {}
    assert second.problem is None
    assert second.months


def test_months_and_agreements_that_make_no_backtest() -> None:
    known, book = county_at(OVER)
    with pytest.raises(OutlookRefused, match="end with 2023-01, before they begin with 2023-02"):
        months_between(Month(2023, 2), Month(2023, 1))
    with pytest.raises(OutlookRefused, match="given twice"):
        backtest(known, (Month(2023, 3),), [world("actual"), world("actual")], book)
