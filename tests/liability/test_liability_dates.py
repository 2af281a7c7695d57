"""Which agreement and which rate: both sides of every effective date, years without a rate, rounding."""

from decimal import Decimal

import pytest

from agreements.tomlfile import RateUnknown
from hemgang.liability.model import DayOutcome
from tests.liability.discharges import ANGE, BERG, charged, dates, drafted, of_payer, outcomes, rates_with, stay


def test_a_period_keeps_the_rule_it_began_under_when_jamtlands_agreement_begins() -> None:
    """Day 0 in 2018 follows the statute; day 0 on 2019-01-01 follows the agreement. Only the latter is in its share."""
    old = stay("old", ready="2018-12-31 09:00", left="2019-01-05 10:00")
    new = stay("new", ready="2019-01-01 09:00", left="2019-01-02 10:00")
    draft = drafted(old + new, "2019-01")
    statement = of_payer(draft, BERG)
    assert [(row.episode, row.clause, f"{row.date:%m-%d}") for row in charged(draft)] == [
        ("old", "statute", "01-03"),
        ("old", "statute", "01-04"),
    ]
    assert [line.clause for line in statement.clauses] == ["condition-1", "condition-2", "statute"]
    assert (statement.population, statement.clauses[0].result.population) == (2, 1)
    assert statement.clauses[0].result.value == 1
    assert statement.amount == Decimal("15600.00")


def test_a_period_begun_under_the_statute_is_not_charged_by_a_share_of_the_agreement_that_came_after() -> None:
    old = stay("old", ready="2018-12-31 09:00", left="2019-01-05 10:00")
    slow = stay("slow", ready="2019-01-01 09:00", left="2019-01-05 10:00")
    draft = drafted(old + slow, "2019-01")
    assert not of_payer(draft, BERG).clauses[0].result.exempt
    assert {(row.episode, row.clause) for row in charged(draft)} == {("old", "statute"), ("slow", "condition-1")}


def test_a_period_begun_under_jamtlands_agreement_keeps_condition_2_after_the_agreement_lapsed() -> None:
    messages = stay(ready="2024-12-30 09:00", left="2025-01-08 10:00")
    with pytest.raises(RateUnknown, match=r"rates\.toml"):
        drafted(messages, "2025-01", now="2025-03-01 12:00")
    draft = drafted(messages, "2025-01", now="2025-03-01 12:00", rates=rates_with(2025, "12000"))
    assert draft.agreement.name == "lus"
    assert [(row.clause, f"{row.date:%m-%d}") for row in charged(draft)] == [
        ("condition-2", "01-06"),
        ("condition-2", "01-07"),
    ]
    assert [line.clause for line in of_payer(draft, BERG).clauses] == ["statute", "condition-2"]


def test_a_period_begun_after_jamtlands_agreement_lapsed_follows_the_statute() -> None:
    messages = stay(ready="2025-01-01 09:00", left="2025-01-06 10:00")
    draft = drafted(messages, "2025-01", now="2025-03-01 12:00", rates=rates_with(2025, "12000"))
    assert [(row.clause, f"{row.date:%m-%d}") for row in charged(draft)] == [("statute", "01-04"), ("statute", "01-05")]


def test_the_month_before_jamtlands_agreement_follows_the_statute() -> None:
    messages = stay(ready="2018-12-20 09:00", left="2018-12-26 10:00")
    draft = drafted(messages, "2018-12", rates=rates_with(2018, "7000"))
    assert draft.agreement.name == "lus"
    assert dates(draft) == ["12-23", "12-24", "12-25"]
    assert of_payer(draft, BERG).amount == 21000


def test_amounts_are_rounded_half_up_to_whole_ore_on_the_row() -> None:
    messages = stay(ready="2018-12-20 09:00", left="2018-12-26 10:00")
    draft = drafted(messages, "2018-12", rates=rates_with(2018, "7000.005"))
    assert [row.amount for row in charged(draft)] == [Decimal("7000.01")] * 3
    assert of_payer(draft, BERG).amount == Decimal("21000.03")


def test_a_month_whose_year_has_no_rate_is_an_error_even_without_a_charged_day() -> None:
    with pytest.raises(RateUnknown, match="2021"):
        drafted([], "2021-06")
    with pytest.raises(RateUnknown, match="2018"):
        drafted(stay(ready="2018-12-01 09:00", left="2018-12-01 15:00"), "2018-12")


def test_a_charged_day_in_a_year_without_a_rate_is_an_error() -> None:
    with pytest.raises(RateUnknown, match="2021"):
        drafted(stay(ready="2021-12-20 09:00", left="2022-01-05 10:00"), "2022-01")


def test_a_free_day_in_a_year_without_a_rate_is_none() -> None:
    draft = drafted(stay(ready="2021-12-31 09:00", left="2022-01-02 10:00"), "2022-01")
    assert outcomes(draft) == {"2021-12-31": DayOutcome.FREE, "2022-01-01": DayOutcome.FREE}


@pytest.mark.parametrize(
    ("clock", "left", "expected"),
    [
        ("12:00:00", "2019-01-08 10:00", []),
        ("12:00:00", "2019-01-09 10:00", ["01-08"]),
        ("12:00:01", "2019-01-09 10:00", []),
        ("12:00:01", "2019-01-10 10:00", ["01-09"]),
    ],
)
def test_psychiatric_care_of_2018_has_thirty_free_days_and_the_noon_rule(
    clock: str, left: str, expected: list[str]
) -> None:
    messages = stay(region="22", payer=ANGE, care="psychiatric", ready=f"2018-12-09 {clock}", left=left)
    draft = drafted(messages, "2019-01", region="22")
    assert dates(draft) == expected
    assert [line.clause for line in of_payer(draft, ANGE).clauses] == ["statute", "statute-psychiatric"]
