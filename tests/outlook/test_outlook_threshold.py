"""The standing of a running month: what is said of it comes true when the patients leave."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from hemgang.i18n.language import Language
from hemgang.liability.day_ledger import ore
from hemgang.liability.model import Month
from hemgang.messages.model import Message
from hemgang.outlook.scenarios import as_if, ruled_by
from hemgang.outlook.threshold import MeanStatus, PayerStatus, ShareStatus, sentences, threshold_report
from tests.liability.discharges import BERG, OSTERSUND, drafted, message, of_payer, stay
from tests.outlook.county import book_at, facts_of

NOW = "2023-03-10 11:00"
TODAY = date(2023, 3, 10)


SHARE = "Condition 1: share discharged on day 0 and day 1"


def early(name: str, payer: str = BERG) -> list[Message]:
    """Return a stay that left on day 1."""
    return stay(name, ready="2023-03-02 09:00", left="2023-03-03 10:00", payer=payer)


def late(name: str, payer: str = BERG) -> list[Message]:
    """Return a stay that left on day 5."""
    return stay(name, ready="2023-03-02 09:00", left="2023-03-07 10:00", payer=payer)


def waiting(name: str, since: str, payer: str = BERG) -> list[Message]:
    """Return a stay that is ready and still in."""
    return stay(name, ready=f"{since} 09:00", left=None, payer=payer)


def of(messages: list[Message], payer: str = BERG) -> PayerStatus:
    """Return a payer's standing."""
    book = book_at(NOW)
    found = threshold_report(facts_of(messages, book), book)
    return next(one for one in found.payers if one.payer == payer)


def said(messages: list[Message], language: Language = Language.ENGLISH) -> str:
    """Return everything that is said of Berg."""
    return " / ".join(sentences(of(messages), TODAY, language))


def test_one_discharge_from_free() -> None:
    messages = [*early("a"), *early("b"), *late("c"), *waiting("d", "2023-03-09")]
    assert f"Berg: one discharge from free: 2 of 3 in time, 75% (3/4) needed ({SHARE})" in said(messages)
    assert "can still leave in time: d" in said(messages)
    assert "Berg: en utskrivning från befrielse" in said(messages, Language.SWEDISH)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        # The one who is in has been ready too long to count as early.
        ([*early("a"), *early("b"), *late("c"), *waiting("d", "2023-03-08")], "1 more in time will do"),
        ([*early("a"), *late("b"), *waiting("d", "2023-03-09")], "2 more in time will do"),
        ([*early("a"), *early("b"), *early("c"), *late("d")], "free, but the next late discharge ends it"),
        ([*early("a"), *early("b"), *waiting("d", "2023-03-09")], "free, but the next late discharge ends it"),
        ([*(one for name in "abcdef" for one in early(name))], "bears 2 more late"),
        (waiting("d", "2023-03-09"), "nobody counted has been discharged"),
    ],
    ids=["too-late", "two-needed", "at-the-edge", "two-early", "six-early", "nobody"],
)
def test_what_is_not_one_discharge_from_free(messages: list[Message], words: str) -> None:
    assert "one discharge from free" not in said(messages)
    assert words in said(messages)


@pytest.mark.parametrize("since", ["2023-03-01", "2023-03-06", "2023-03-09", "2023-03-10"])
def test_leaving_today_or_tomorrow_is_what_a_draft_says_then(since: str) -> None:
    others = [*early("a"), *early("b"), *late("c"), *waiting("z", "2023-03-09", OSTERSUND)]
    (patient,) = of([*others, *waiting("d", since)]).stays
    for outcome, day in ((patient.today, "2023-03-10"), (patient.tomorrow, "2023-03-11")):
        then = drafted([*others, *stay("d", ready=f"{since} 09:00", left=f"{day} 10:00")], now=f"{day} 11:00")
        statement = of_payer(then, BERG)
        assert (outcome.care_days, outcome.amount) == (statement.care_days, ore(statement.amount))
        assert outcome.exempt is statement.clauses[0].result.exempt


def test_until_when_leaving_is_early_or_free() -> None:
    (patient,) = of([*early("a"), *waiting("d", "2023-03-09")]).stays
    dates = {one.clause: one for one in patient.clauses}
    assert dates["condition-1"].early_until == date(2023, 3, 10)
    assert dates["condition-1"].free_until == date(2023, 3, 12)
    assert dates["condition-2"].free_until == date(2023, 3, 16)
    assert (dates["condition-1"].d, dates["condition-2"].early_until) == (1, None)


def test_failing_costs_the_days_of_the_condition_that_exempts() -> None:
    # One left on day 5: two care days under condition 1, none under condition 2; a third left on day 9.
    nine = stay("n", ready="2023-03-01 09:00", left="2023-03-10 10:00")
    messages = [*(one for name in "abcdef" for one in early(name)), *late("g"), *nine]
    (clause,) = of(messages).clauses
    assert clause.exempt
    assert (clause.failing.care_days, clause.failing.amount) == (Fraction(2 + 4), 6 * 10_500_00)
    assert "failing costs 63,000.00 kr (6 care days)" in said(messages)


def test_a_mean_says_its_room_and_when_each_patient_tips_it() -> None:
    book = book_at(NOW)
    agreements = as_if(book.agreements, "vastmanland", on=date(2023, 3, 1), region="23")
    mean = ruled_by(book, agreements)
    messages = [*stay("a", ready="2023-03-01 09:00", left="2023-03-03 10:00"), *waiting("d", "2023-03-06")]
    (berg,) = threshold_report(facts_of(messages, mean), mean).payers
    (clause,) = berg.clauses
    assert isinstance(clause.standing, MeanStatus)
    assert (clause.standing.days, clause.standing.population, clause.standing.room) == (2, 1, Fraction(1))
    (patient,) = berg.stays
    # 2 + d over two patients is above 3 from d = 5, four days after which leaving is still at the threshold.
    assert patient.clauses[0].tips_on == date(2023, 3, 11)
    assert (patient.today.exempt, patient.tomorrow.exempt) == (True, False)
    assert patient.tomorrow.care_days == 1
    assert "not above: 2 days over 1, mean 2, threshold 3; room for 1 day" in " ".join(
        sentences(berg, TODAY, Language.ENGLISH)
    )


def test_where_no_amount_is_known_days_are_told() -> None:
    book = replace(book_at("2024-03-10 11:00"), priced=False)
    messages = stay("a", ready="2024-03-01 09:00", left="2024-03-08 10:00")
    (berg,) = threshold_report(facts_of(messages, book), book).payers
    assert (berg.so_far.care_days, berg.so_far.amount) == (Fraction(4), None)
    assert "4 care days; their amount is not known" in " ".join(sentences(berg, TODAY, Language.ENGLISH))


def test_a_region_under_the_statute_has_no_threshold_and_still_dates() -> None:
    book = book_at(NOW)
    messages = stay("a", ready="2023-03-09 09:00", left=None, payer="0580", region="05")
    found = threshold_report(facts_of(messages, book, "05"), book)
    (payer,) = found.payers
    assert found.month == Month(2023, 3)
    assert payer.clauses == ()
    assert payer.stays[0].clauses[0].free_until == date(2023, 3, 12)


def test_a_change_of_payer_stays_with_its_own_copy() -> None:
    moved = message("d/moved", "payer_changed", "2023-03-09 12:00", municipality=OSTERSUND)
    (patient,) = of([*early("a"), *early("b", OSTERSUND), *waiting("d", "2023-03-01"), moved], OSTERSUND).stays
    assert patient.tomorrow.care_days > 0
    assert isinstance(of([*early("a"), *early("b", OSTERSUND)], OSTERSUND).clauses[0].standing, ShareStatus)
