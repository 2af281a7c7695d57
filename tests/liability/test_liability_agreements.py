"""Stockholm and Västmanland as the sources have them: both sides of every date on which something changes (4.1)."""

from fractions import Fraction
from typing import Any

import pytest

from hemgang.liability.model import ClauseLine, DayOutcome, Draft, ThresholdUnknown
from hemgang.messages.model import Message
from tests.liability.discharges import charged, dates, drafted, message, of_payer, rates_with, stay

SOLNA, NACKA, DISTRICT = "0184", "0182", "0180/farsta"
VASTERAS, SALA = "1980", "1981"
PRICED_2021 = rates_with(2021, "8600")


def at_stockholm(name: str, ready: str, left: str, *, payer: str = SOLNA, age: int = 80, **more: Any) -> list[Message]:
    """Return a stay with a fixed care contact, in Stockholm's county, by payer and age."""
    city, _, district = payer.partition("/")
    found = stay(name, ready=ready, left=left, payer=city, region="01", **more)
    first = found[0]
    admitted = message(
        name, "admitted", f"{first.at:%Y-%m-%d} 08:00", **first.fields, age=age, district=district or None
    )
    contact = message(name, "care_contact_assigned", f"{first.at:%Y-%m-%d} 09:00", contact="c1")
    return [admitted, contact, *found[1:]]


def line(draft: Draft, payer: str, clause: str = "mean") -> ClauseLine:
    return next(one for one in of_payer(draft, payer).clauses if one.clause == clause)


def stockholm(messages: list[Message], month: str, **more: Any) -> Draft:
    return drafted(messages, month, region="01", rates=PRICED_2021, **more)


OCTOBER_2020 = [
    *at_stockholm("o1", "2020-10-05 09:00", "2020-10-05 15:00"),
    *at_stockholm("o2", "2020-10-05 09:00", "2020-10-08 15:00"),
    *at_stockholm("o3", "2020-10-05 09:00", "2020-10-07 15:00", payer=DISTRICT),
]
"""d = 0, 3 and 2 of two payers: the county mean of October 2020 is 5/3."""


@pytest.mark.parametrize(
    ("clock", "left", "expected"),
    [
        ("2019-03-01 12:00:00", "2019-03-08 10:00", []),  # a Friday: the fifth weekday after is the next Friday
        ("2019-03-01 12:00:00", "2019-03-09 10:00", ["03-08"]),
        ("2019-03-01 12:00:01", "2019-03-09 10:00", ["03-08"]),  # day 0 is Saturday, the fifth weekday the same Friday
        ("2019-04-17 09:00", "2019-04-27 10:00", ["04-26"]),  # Easter: four days that are no weekdays
        ("2019-04-17 09:00", "2019-04-26 10:00", []),
    ],
)
def test_the_interim_agreement_frees_five_weekdays(clock: str, left: str, expected: list[str]) -> None:
    messages = at_stockholm("e1", clock, left)
    draft = stockholm(messages, clock[:7])
    assert dates(draft) == expected
    assert {row.clause for row in draft.ledger} <= {"interim-somatic"}


def test_a_period_keeps_the_rule_it_began_under_and_is_in_no_mean() -> None:
    """Begun on 2019-12-31 under weekdays, a stay is charged alone in January; one begun a day later is in the mean."""
    old = at_stockholm("e1", "2019-12-31 09:00", "2020-01-10 10:00")
    new = at_stockholm("e2", "2020-01-01 09:00", "2020-01-04 10:00")
    draft = stockholm([*old, *new], "2020-01")
    result = line(draft, SOLNA).result
    assert (result.population, result.days, result.value) == (1, 3, Fraction(3))
    days = [row for row in charged(draft) if row.episode == "e1"]
    assert [f"{row.date:%m-%d} {row.rate}" for row in days] == ["01-09 8200.00"]  # weekdays: 2, 3, 7, 8 and 9 January
    assert [row.care_days for row in charged(draft) if not row.episode] == [Fraction(1)]


@pytest.mark.parametrize(
    ("ready", "month", "threshold"),
    [
        ("2020-10-06", "2020-10", Fraction(2)),
        ("2020-11-03", "2020-11", Fraction(5, 3)),
        ("2021-10-05", "2021-10", Fraction(5, 3)),
        ("2021-11-02", "2021-11", Fraction(13, 10)),
    ],
)
def test_stockholms_three_steps(ready: str, month: str, threshold: Fraction) -> None:
    """2.0 to the end of October 2020, then that month's county mean, then 1.3 from November 2021."""
    day = int(ready[8:])
    asked = at_stockholm("e1", f"{ready} 09:00", f"{month}-{day + 3:02d} 10:00", payer=NACKA)
    draft = stockholm(asked if month == "2020-10" else [*OCTOBER_2020, *asked], month)
    assert line(draft, NACKA).result.threshold == threshold
    assert line(draft, NACKA).care_days == 3 - threshold


def test_the_county_mean_is_an_error_where_october_is_missing() -> None:
    with pytest.raises(ThresholdUnknown, match="2020-10"):
        stockholm(at_stockholm("e1", "2020-11-03 09:00", "2020-11-06 10:00"), "2020-11")


@pytest.mark.parametrize(
    ("ready", "left", "month", "expected"),
    [
        ("2020-03-02 12:00", "2020-03-07 10:00", "2020-03", []),
        ("2020-03-02 12:00", "2020-03-08 10:00", "2020-03", ["03-07"]),
        ("2020-03-02 12:01", "2020-03-08 10:00", "2020-03", []),
        ("2021-06-30 09:00", "2021-07-07 10:00", "2021-07", ["07-05", "07-06"]),
    ],
)
def test_psychiatric_care_is_charged_alone_after_five_days(
    ready: str, left: str, month: str, expected: list[str]
) -> None:
    messages = at_stockholm("e1", ready, left, care="psychiatric")
    draft = stockholm([*OCTOBER_2020, *messages], month)
    assert dates(draft) == expected


def test_psychiatric_care_passes_into_the_mean_with_the_first_of_july_2021() -> None:
    before = at_stockholm("e1", "2021-06-30 09:00", "2021-07-03 10:00", care="psychiatric")
    after = at_stockholm("e2", "2021-07-01 09:00", "2021-07-05 10:00", care="psychiatric")
    somatic = at_stockholm("e3", "2021-07-01 09:00", "2021-07-01 15:00")
    result = line(stockholm([*OCTOBER_2020, *before, *after, *somatic], "2021-07"), SOLNA).result
    assert (result.population, result.value) == (2, Fraction(2))


@pytest.mark.parametrize(("age", "clause"), [(17, "statute"), (18, "mean")])
def test_children_fall_under_the_act(age: int, clause: str) -> None:
    draft = stockholm(at_stockholm("e1", "2020-03-02 09:00", "2020-03-09 10:00", age=age), "2020-03")
    assert {row.clause for row in draft.ledger} == {clause}


def test_without_a_fixed_care_contact_a_psychiatric_day_is_not_provable_from_2020() -> None:
    messages = at_stockholm("e1", "2020-03-02 09:00", "2020-03-09 10:00", care="psychiatric")
    without = [one for one in messages if one.type.value != "care_contact_assigned"]
    assert {row.reason for row in stockholm(without, "2020-03").ledger if row.outcome is DayOutcome.NOT_PROVABLE} == {
        "no_care_contact"
    }
    assert len(charged(stockholm(messages, "2020-03"))) == 2


def test_a_district_board_pays_in_stockholm_city() -> None:
    draft = stockholm(OCTOBER_2020, "2020-10")
    assert [one.payer for one in draft.statements] == [DISTRICT, SOLNA]
    assert of_payer(draft, DISTRICT).name == "Stockholm, farsta"


@pytest.mark.parametrize(("month", "suspended"), [("2022-10", False), ("2022-11", True), ("2023-03", True)])
def test_liability_is_computed_but_dormant_from_november_2022(month: str, suspended: bool) -> None:
    draft = stockholm(at_stockholm("e1", f"{month}-02 09:00", f"{month}-05 10:00"), month)
    assert (draft.suspended is not None) is suspended
    assert of_payer(draft, SOLNA).care_days == Fraction(17, 10)


def at_vastmanland(ready: str, left: str, name: str = "e1", **more: Any) -> list[Message]:
    return stay(name, ready=ready, left=left, payer=VASTERAS, region="19", **more)


def vastmanland(messages: list[Message], month: str, **more: Any) -> Draft:
    return drafted(messages, month, region="19", **more)


@pytest.mark.parametrize(
    ("month", "clock", "population", "days"),
    [
        ("2019-09", "13:00:00", 3, 9),
        ("2019-09", "13:00:01", 3, 8),
        ("2019-10", "13:00:00", 2, 9),
        ("2019-10", "13:00:01", 2, 9),
    ],
)
def test_vastmanland_before_and_after_the_addendum(month: str, clock: str, population: int, days: int) -> None:
    """Until September patients of day zero count and 13:00 moves the date; from October neither."""
    messages = [
        *at_vastmanland(f"{month}-02 09:00", f"{month}-02 15:00", "e0"),
        *at_vastmanland(f"{month}-02 09:00", f"{month}-06 15:00", "e1"),
        *at_vastmanland(f"{month}-02 {clock}", f"{month}-07 15:00", "e2"),
    ]
    result = line(vastmanland(messages, month), VASTERAS).result
    assert (result.population, result.days) == (population, days)


def test_removing_patients_of_day_zero_flips_the_same_cases_from_free_to_liable() -> None:
    """Specification 4.7: 5 x 0 and 5 x 4 at a threshold of 3: mean 2.0, then 4.0 and 5 care days."""
    for month, care_days in (("2019-09", 0), ("2019-10", 5)):
        messages = [
            one
            for number in range(10)
            for one in at_vastmanland(f"{month}-02 09:00", f"{month}-{2 + 4 * (number % 2):02d} 15:00", f"e{number}")
        ]
        statement = of_payer(vastmanland(messages, month), VASTERAS)
        assert statement.care_days == care_days
        assert statement.amount == care_days * 7800


@pytest.mark.parametrize(("now", "population"), [("2019-11-01 12:00", 1), ("2019-10-03 12:00", 2)])
def test_what_was_known_on_a_day_goes_by_the_approval(now: str, population: int) -> None:
    """The addendum was approved on 4 October and holds from the first: on the third nobody could know."""
    messages = [
        *at_vastmanland("2019-10-01 09:00", "2019-10-01 15:00", "e0"),
        *at_vastmanland("2019-10-01 09:00", "2019-10-03 10:00", "e1"),
    ]
    draft = vastmanland(messages, "2019-10", now=now)
    assert line(draft, VASTERAS).result.population == population


def test_a_status_other_than_utford_is_not_counted_where_the_source_gives_one() -> None:
    messages = at_vastmanland("2019-10-02 09:00", "2019-10-09 15:00")
    left = message("e1", "discharged", "2019-10-09 15:00", status="AVBRUTEN")
    others = [one for one in messages if one.type.value != "discharged"]
    assert line(vastmanland(messages, "2019-10"), VASTERAS).result.population == 1
    assert line(vastmanland([*others, left], "2019-10"), VASTERAS).result.population == 0
