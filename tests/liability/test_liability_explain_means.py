"""Explanations of days under a mean, of months in a row, decisions, weekdays, suspension: each in both languages."""

from dataclasses import replace
from datetime import date

import pytest

from agreements.loader import load_rates
from agreements.model import Charge, ChargeKind, DayUnit, Gate, GateKind, Population, Suspension
from agreements.payers import municipalities
from agreements.registry import Agreements
from hemgang.episode.fold import fold
from hemgang.i18n.catalogue import texts_in
from hemgang.i18n.language import Language
from hemgang.liability.explain import REPAIRERS, Explanation, explain, months_of
from hemgang.messages.model import Message
from tests.liability.clauses import cited, individual, mean, signed
from tests.liability.discharges import LATER, at, drafted, gone, stay, text


def explained(
    messages: list[Message], agreements: Agreements, *, language: Language = Language.ENGLISH
) -> tuple[Explanation, ...]:
    """Explain episode e1 under agreements of a test's own."""
    stay_ = fold([one for one in messages if one.episode == "e1"])
    months = months_of(stay_, now=at(LATER))
    return explain(
        stay_,
        [drafted(messages, str(month), priced=False, agreements=agreements) for month in months],
        agreements=agreements,
        rates=load_rates(),
        municipalities=municipalities(),
        now=at(LATER),
        language=language,
    )


def said(messages: list[Message], agreements: Agreements, *, language: Language = Language.ENGLISH) -> str:
    return text(explained(messages, agreements, language=language))


LONG = stay("e1", ready="2023-03-02 09:00", left="2023-03-09 11:00")
"""Seven ready days."""


def test_a_day_that_counts_in_a_mean_says_what_the_mean_came_to() -> None:
    told = said([*LONG, *gone(1)], signed([mean("3")]))
    assert "Care days 1–7, 2023-03-02 to 2023-03-08: free for Berg (2326)." in told
    assert "it counts in the mean of Berg in March 2023" in told
    assert "The mean is 8 days over 2 discharged = 4; the threshold is 3." in told
    assert "(4 − 3) × 2 = 2 care days, 21,000.00 kr for Berg in March 2023" in told
    assert "2 ready days fewer in the month, and Berg would have paid nothing." in told


def test_a_mean_that_is_not_above_says_so() -> None:
    told = said([*LONG, *gone(0)], signed([mean("7/2")]))
    assert "That is not above it, so Berg pays nothing for March 2023." in told


def test_a_rounded_mean_says_to_how_many_decimals() -> None:
    assert "rounded to 2 decimals first" in said([*LONG, *gone(0, 0)], signed([mean("2", decimals=2)]))


def test_who_is_in_no_mean_is_told_so() -> None:
    clause = mean("1", population=Population(status="UTFÖRD"))
    left = [one for one in LONG if one.type.value != "discharged"]
    aborted = stay("e1", ready="2023-03-02 09:00", left="2023-03-09 11:00")[-1]
    messages = [*left, replace(aborted, fields={"status": "AVBRUTEN"})]
    told = said([*messages, *gone(3)], signed([clause]))
    assert "the period is not in the mean of Berg in March 2023" in told
    assert "Nobody is in the population" in said(messages, signed([clause]))


def test_a_row_of_months_that_is_broken_is_told() -> None:
    clause = mean("3", kind=GateKind.CONSECUTIVE_MEAN_ABOVE, months=3)
    told = said(LONG, signed([clause]))
    assert "It was not so in each of the 3 months that the clause asks for, so Berg pays nothing." in told


def test_a_decision_that_is_missing_is_told() -> None:
    clause = individual(3, gate=Gate(GateKind.JOINT_DECISION))
    assert "waits for a decision of both parties for March 2023, and none is recorded" in said(LONG, signed([clause]))


def test_free_weekdays_say_when_charging_begins() -> None:
    charge = Charge(ChargeKind.INDIVIDUAL, free_care_days=3, unit=DayUnit.WEEKDAY)
    told = said(LONG, signed([individual(3, charge=charge)]))
    assert "leaves 3 weekdays free after day 0, 2023-03-02; charging begins on 2023-03-07." in told
    assert "A discharge on 2023-03-07 at the latest would have cost nothing under this clause." in told


@pytest.mark.parametrize(
    ("language", "word", "other"), [(Language.ENGLISH, "threshold", "nivån"), (Language.SWEDISH, "nivån", "threshold")]
)
def test_every_sentence_of_a_mean_is_in_the_language_asked_for(language: Language, word: str, other: str) -> None:
    told = said([*LONG, *gone(1)], signed([mean("3")]), language=language)
    assert word in told
    assert other not in told


def test_who_can_repair_is_said_for_every_thing_that_can_be_missing() -> None:
    told = said([one for one in LONG if one.type.value != "admission_notice"], signed([individual(3)]))
    assert "Who can still do it: the ward" in told
    assert "Only this is missing." in told
    for language in Language:
        assert {f"liability.who.{who.value}" for who in REPAIRERS.values()} <= set(texts_in(language))


def test_a_suspended_month_is_explained_and_said_not_to_be_paid() -> None:
    dormant = Suspension(date(2023, 1, 1), None, cited("suspended"))
    told = said(LONG, signed([individual(3)], suspensions=(dormant,)))
    assert "Liability is suspended: this is computed, not to be paid." in told
