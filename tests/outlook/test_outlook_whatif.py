"""What if: two agreements on the same rows, the difference told definition by definition and adding up exactly."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from hemgang.liability.day_ledger import ore
from hemgang.liability.draft import draft_facts
from hemgang.liability.model import Month
from hemgang.outlook.scenarios import OutlookRefused
from hemgang.outlook.whatif import Definition, WhatIf, what_if
from tests.liability.discharges import ANGE, BERG, LATER, OSTERSUND, VERSIONS, stay
from tests.outlook.county import OVER, book_at, county_at, facts_of, world

MARCH = Month(2023, 3)


WORDS = (
    "actual",
    "lus@2023-03-01",
    "jamtland-harjedalen@2023-03-01",
    "vastmanland@2019-09-30",
    "vastmanland@2023-03-01",
    "stockholm@2019-03-01",
    "stockholm@2020-03-01",
)


def difference(found: WhatIf) -> dict[str, tuple[Fraction, int]]:
    """Return each payer's difference in care days and öre, where there is one."""
    pairs = {
        payer: (second.care_days - first.care_days, (second.amount or 0) - (first.amount or 0))
        for payer, (first, second) in found.payers.items()
    }
    return {payer: pair for payer, pair in pairs.items() if any(pair)}


def explained(found: WhatIf) -> dict[str, tuple[Fraction, int]]:
    """Return the sum of the steps' effects for each payer, where it is not nothing."""
    sums: dict[str, tuple[Fraction, int]] = {}
    for step in found.steps:
        for payer, effect in step.effects.items():
            days, amount = sums.get(payer, (Fraction(0), 0))
            sums[payer] = (days + effect.care_days, amount + (effect.amount or 0))
    return {payer: pair for payer, pair in sums.items() if any(pair)}


@pytest.mark.parametrize(
    ("first", "second"),
    [*(("actual", word) for word in WORDS[1:]), *((WORDS[-1], word) for word in WORDS[:-1])],
    ids=lambda word: str(word),
)
def test_the_steps_add_up_to_the_difference_exactly(first: str, second: str) -> None:
    known, book = county_at(OVER)
    found = what_if(known, MARCH, first=world(first), second=world(second), book=book)
    assert explained(found) == difference(found)
    order = [step.definition for step in found.steps if step.definition is not Definition.IN_FORCE]
    assert order == sorted(order, key=list(Definition).index)


def test_what_really_governs_is_what_a_draft_says() -> None:
    known, book = county_at(OVER)
    found = what_if(known, MARCH, first=world("actual"), second=world("lus@2023-03-01"), book=book)
    drafted = draft_facts(known, MARCH, book, versions=VERSIONS)
    stated = {one.payer: (one.care_days, ore(one.amount)) for one in drafted.statements}
    assert {payer: (one.care_days, one.amount) for payer, (one, _) in found.payers.items()} == stated


def test_each_definition_says_what_changed_and_what_it_did() -> None:
    book = book_at(LATER)
    known = facts_of([*stay("a", left="2023-03-10 10:00", payer=BERG), *stay("b", payer=OSTERSUND)], book)
    first, second = world("jamtland-harjedalen@2023-03-01"), world("lus@2023-03-01")
    found = what_if(known, MARCH, first=first, second=second, book=book)
    words = {step.definition: [(d.key, d.first, d.second) for d in step.differences] for step in found.steps}
    assert words[Definition.DAY_0] == [("condition-2.cutoff", "none", "12:00")]
    assert words[Definition.FREE_DAYS] == [("condition-2.free_care_days", "7", "3")]
    assert words[Definition.CLAUSES] == [("condition-1", "share_below x individual", "none")]
    assert Definition.AMOUNT not in words
    assert found.payers[BERG][0].care_days == found.payers[BERG][1].care_days == 6


def test_from_each_patient_to_a_mean_is_one_step_of_its_own() -> None:
    book = book_at(LATER)
    known = facts_of([*stay("a", left="2023-03-10 10:00"), *stay("b")], book)
    found = what_if(known, MARCH, first=world("lus@2023-03-01"), second=world("vastmanland@2023-03-01"), book=book)
    kinds = [step for step in found.steps if step.definition is Definition.KIND]
    assert len(kinds) == 1
    assert ("statute.charge", "individual", "mean_excess") in [
        (one.key, one.first, one.second) for one in kinds[0].differences
    ]
    # d is 9 and 4: the statute charges 6 + 1 days, the mean 13/2 - 3 over two patients as many.
    assert [one.care_days for one in found.payers[BERG]] == [7, 7]
    assert kinds[0].effects == {}


def test_the_episodes_whose_days_differ_are_named_with_their_dates() -> None:
    book = book_at(LATER)
    # Sent after noon: the statute begins a day later than an agreement without a cut-off.
    known = facts_of([*stay("a", ready="2023-03-01 15:00", left="2023-03-12 10:00"), *stay("b", left=None)], book)
    found = what_if(
        known, MARCH, first=world("jamtland-harjedalen@2023-03-01"), second=world("lus@2018-06-01"), book=book
    )
    named = {one.episode: (one.only_first, one.only_second) for one in found.episodes}
    assert "a" not in named
    assert len(named["b"][1]) == 28
    assert named["b"][1][0] == date(2023, 3, 4)
    assert named["b"][0] == ()


def test_a_payer_of_another_region_is_told_of_too() -> None:
    book = book_at(LATER)
    known = facts_of(stay("a", payer=ANGE, left="2023-03-10 10:00"), book)
    first, second = world("vastmanland@2023-03-01"), world("lus@2018-06-01")
    found = what_if(known, MARCH, first=first, second=second, book=book)
    assert [one.care_days for one in found.payers[ANGE]] == [6, 6]
    assert explained(found) == difference(found) == {}


def test_an_unknown_amount_leaves_care_days() -> None:
    book = book_at("2024-06-01 12:00")
    known = facts_of(stay("a", ready="2024-03-01 09:00", left="2024-03-10 10:00"), book)
    unpriced = replace(book, priced=False)
    found = what_if(
        known,
        Month(2024, 3),
        first=world("jamtland-harjedalen@2023-03-01"),
        second=world("vastmanland@2023-03-01"),
        book=unpriced,
    )
    assert [(one.care_days, one.amount) for one in found.payers[BERG]] == [(Fraction(6), None)] * 2


def test_two_that_are_the_same_have_no_difference_to_explain() -> None:
    known, book = county_at(OVER)
    with pytest.raises(OutlookRefused, match="the same"):
        what_if(known, MARCH, first=world("lus@2023-03-01"), second=world("lus@2023-03-01"), book=book)
