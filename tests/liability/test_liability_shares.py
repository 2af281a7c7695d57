"""The share gate of 001: exact fractions, equal is exempt, nobody is exempt, and who is in the population."""

from fractions import Fraction

import pytest

from hemgang.liability.model import ClauseLine, Draft
from hemgang.messages.model import Message
from tests.liability.discharges import ANGE, BERG, OSTERSUND, charged, drafted, message, of_payer, statute_with, stay


def discharged(*d: int, payer: str = BERG, ready: str = "09:00") -> list[Message]:
    """Return stays of March 2023, ready on the 1st at `ready`, out d days later."""
    days = enumerate(d)
    return [
        one
        for n, late in days
        for one in stay(f"{payer}-{n}", payer=payer, ready=f"2023-03-01 {ready}", left=f"2023-03-{1 + late:02d} 23:00")
    ]


def condition_1(draft: Draft, payer: str = BERG) -> ClauseLine:
    return of_payer(draft, payer).clauses[0]


@pytest.mark.parametrize(
    ("d", "share", "exempt"),
    [
        ((0, 0, 1, 5), Fraction(3, 4), True),  # exactly 75 %: "75% eller mer"
        ((0, 1, 2, 5), Fraction(1, 2), False),
        ((0,) * 2 + (1,) + (2,) * 1, Fraction(3, 4), True),
        ((0,) * 20 + (9,) * 10, Fraction(2, 3), False),
        ((0,) * 25 + (9,) * 5, Fraction(5, 6), True),
        ((1,) * 299 + (2,) * 100, Fraction(299, 399), False),  # 74.94 %, prints as 75 %
        ((0,), Fraction(1), True),
        ((2,), Fraction(0), False),
    ],
)
def test_a_share_is_compared_as_an_exact_fraction(d: tuple[int, ...], share: Fraction, exempt: bool) -> None:
    result = condition_1(drafted(discharged(*d))).result
    assert (result.value, result.exempt, result.population) == (share, exempt, len(d))


def test_nobody_discharged_is_exempt_and_has_no_share() -> None:
    result = condition_1(drafted(stay(left=None))).result
    assert (result.value, result.exempt, result.population, result.threshold) == (None, True, 0, Fraction(3, 4))


def test_each_payer_has_its_own_share() -> None:
    draft = drafted(discharged(0, 0, 0, 5) + discharged(5, 5, payer=OSTERSUND))
    assert condition_1(draft).result.exempt
    assert not condition_1(draft, OSTERSUND).result.exempt
    assert {row.payer for row in charged(draft)} == {OSTERSUND}


def test_the_share_counts_dates_and_knows_no_noon() -> None:
    """Sent at 13:00 and out two dates later is d = 2 for the share, though the charge's clock begins a day later."""
    assert condition_1(drafted(discharged(2, ready="13:00"))).result.value == 0
    assert condition_1(drafted(discharged(1, ready="13:00"))).result.value == 1


def test_who_is_in_the_population_of_a_month() -> None:
    """Final periods that discharge ended in the month; not the dead, the withdrawn, those still in, or never ready."""
    withdrawn = message("out", "ready_withdrawn", "2023-03-03 10:00")
    messages = [
        *stay("in march", ready="2023-02-20 09:00", left="2023-03-01 00:00"),
        *stay("last moment", ready="2023-03-31 09:00", left="2023-03-31 23:59:59"),
        *stay("in april", ready="2023-03-31 09:00", left="2023-04-01 00:00"),
        *stay("in february", ready="2023-02-20 09:00", left="2023-02-28 23:59:59"),
        *stay("dead", left=None, more=[message("dead", "died", "2023-03-05 10:00")]),
        *stay("out", more=[withdrawn], left="2023-03-05 10:00"),
        *stay("still in", left=None),
        *stay("never ready", without=["ready_notice"]),
        *stay("outsider", payer=ANGE),
    ]
    draft = drafted(messages)
    assert (of_payer(draft, BERG).population, condition_1(draft).result.population) == (2, 2)
    assert of_payer(draft, ANGE).population == 1


def test_only_the_final_period_counts_and_from_its_own_clock() -> None:
    withdrawn = message("e1", "ready_withdrawn", "2023-03-06 10:00")
    again = message("e1/again", "ready_notice", "2023-03-10 09:00")
    result = condition_1(drafted(stay(left="2023-03-11 10:00", more=[withdrawn, again]))).result
    assert (result.value, result.population) == (Fraction(1), 1)


def test_who_fails_a_gate_stays_in_the_population_unless_the_agreement_says_otherwise() -> None:
    messages = discharged(0, 0, 5) + stay("failing", without=["admission_notice"], left="2023-03-01 23:00")
    asks = statute_with("population_requires_gates", value=True)
    counted, left_out = drafted(messages), drafted(messages, agreements=asks)
    assert (condition_1(counted).result.value, condition_1(counted).result.exempt) == (Fraction(3, 4), True)
    assert (condition_1(left_out).result.value, condition_1(left_out).result.exempt) == (Fraction(2, 3), False)
    assert of_payer(left_out, BERG).population == 4
    assert charged(counted) == []
    assert len(charged(left_out)) == 2


def test_a_patient_under_both_conditions_is_charged_the_union_and_each_condition_says_its_own() -> None:
    draft = drafted(discharged(10))
    first, second = of_payer(draft, BERG).clauses
    assert [int(one.care_days) for one in (first, second, of_payer(draft, BERG))] == [7, 3, 7]
    assert (first.persons, second.persons) == (1, 1)
    assert [row.also for row in charged(draft)] == [()] * 4 + [("condition-2",)] * 3
    assert {row.clause for row in charged(draft)} == {"condition-1"}


def test_after_noon_each_condition_numbers_care_days_on_its_own_clock() -> None:
    draft = drafted(discharged(9, ready="13:00"))
    rows = [(f"{row.date:%d}", row.clause, row.n, row.also) for row in draft.ledger]
    assert rows[0] == ("01", "condition-2", 1, ())  # not yet a care day of condition 1
    assert rows[1] == ("02", "condition-1", 1, ())
    assert rows[4:] == [
        ("05", "condition-1", 4, ()),
        ("06", "condition-1", 5, ()),
        ("07", "condition-1", 6, ()),
        ("08", "condition-1", 7, ("condition-2",)),
        ("09", "condition-1", 8, ("condition-2",)),
    ]
    assert [line.care_days for line in of_payer(draft, BERG).clauses] == [5, 2]


def test_a_municipality_that_is_exempt_has_its_days_marked_so() -> None:
    draft = drafted(discharged(0, 0, 0, 9))
    reasons = [row.reason for row in draft.ledger if row.episode == "2326-3"]
    assert reasons == ["within_free_care_days"] * 3 + ["exempt"] * 4 + ["beyond_free_care_days"] * 2
    assert {row.clause for row in charged(draft)} == {"condition-2"}
    assert [(line.persons, int(line.care_days)) for line in of_payer(draft, BERG).clauses] == [(0, 0), (1, 2)]
