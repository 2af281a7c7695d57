"""The worked examples of 001, from file to statement: messages read, folded, drafted, and the printed numbers found."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from hemgang.liability.model import ClauseLine, DayOutcome, Draft
from hemgang.liability.serialize import to_json
from hemgang.messages.model import Accepted, Message
from hemgang.messages.readers import open_source
from hemgang.messages.validation import read_message
from tests.liability.discharges import drafted, of_payer

CASES = Path(__file__).parent.parent / "cases"


def read(name: str) -> list[Message]:
    messages = []
    for line in open_source(CASES / name):
        assert isinstance(line.content, dict), line.number
        read = read_message(line.content, now=None)
        assert isinstance(read, Accepted), (line.number, read)
        assert read.problems == ()
        messages.append(read.message)
    return messages


@pytest.fixture(scope="module", name="both")
def _both() -> Draft:
    return drafted(read("jamtland-exempel-1.ndjson") + read("jamtland-exempel-2.ndjson"))


def clause(draft: Draft, payer: str, name: str) -> ClauseLine:
    return next(line for line in of_payer(draft, payer).clauses if line.clause == name)


def days_of(draft: Draft, payer: str) -> dict[str, int]:
    """Care days of each episode of a payer, d, from the ledger of condition 2's dates."""
    found: dict[str, int] = {}
    for row in of_payer(draft, payer).rows:
        found[row.episode] = found.get(row.episode, 0) + 1
    return found


def test_example_1_is_not_exempt_and_two_stay_longer_than_seven_days(both: Draft) -> None:
    statement, first = of_payer(both, "2380"), clause(both, "2380", "condition-1")
    assert (statement.name, statement.population) == ("Östersund", 30)
    assert (first.result.value, first.result.threshold) == (Fraction(20, 30), Fraction(3, 4))
    assert (first.result.counted, first.result.population, first.result.exempt) == (20, 30, False)
    assert clause(both, "2380", "condition-2").persons == 2
    longer = [d for d in days_of(both, "2380").values() if d > 1]
    assert (len(longer), len([d for d in longer if d > 7])) == (10, 2)


def test_example_2_is_exempt_and_one_stays_longer_than_seven_days(both: Draft) -> None:
    statement, first = of_payer(both, "2326"), clause(both, "2326", "condition-1")
    assert (statement.name, statement.population) == ("Berg", 30)
    assert first.result.value == Fraction(5, 6) == Fraction(25, 30)
    assert (first.result.exempt, first.persons, str(first.care_days)) == (True, 0, "0")
    second = clause(both, "2326", "condition-2")
    assert (second.persons, str(second.care_days)) == (1, "2")
    assert {row.episode for row in statement.rows if row.outcome is DayOutcome.CHARGED} == {"jh2-05"}
    longer = [d for d in days_of(both, "2326").values() if d > 1]
    assert (len(longer), len([d for d in longer if d > 7])) == (5, 1)


def test_example_1_charges_the_union_of_both_conditions_once(both: Draft) -> None:
    """Of d = 2, 2, 3, 3, 4, 5, 6, 7, 8, 10 each day beyond three; those beyond seven lie among them."""
    assert clause(both, "2380", "condition-1").care_days == 1 + 2 + 3 + 4 + 5 + 7
    assert clause(both, "2380", "condition-2").care_days == 1 + 3
    assert clause(both, "2380", "condition-1").persons == 6
    assert of_payer(both, "2380").care_days == 22
    assert of_payer(both, "2380").amount == Decimal("231000.00")


def test_the_examples_need_no_review_and_have_no_finding_that_touches_money(both: Draft) -> None:
    assert both.review == ()
    assert both.findings == ()
    assert {row.outcome for row in both.ledger} == {DayOutcome.FREE, DayOutcome.CHARGED}


def test_the_printed_numbers_stand_in_the_documented_json(both: Draft) -> None:
    document = to_json(both)
    assert document["agreement"] == {"name": "jamtland-harjedalen", "version": "1"}
    berg, ostersund = document["payers"]
    assert (berg["payer"], berg["care_days"], berg["amount"]) == ("2326", "2", "21000.00")
    assert berg["clauses"][0] == {
        "clause": "condition-1",
        "gate": "share_below",
        "exempt": True,
        "value": "5/6",
        "threshold": "3/4",
        "persons": 0,
        "care_days": "0",
    }
    assert ostersund["clauses"][0]["value"] == "2/3"
    assert ostersund["clauses"][1] == {
        "clause": "condition-2",
        "gate": "always",
        "exempt": False,
        "value": None,
        "threshold": None,
        "persons": 2,
        "care_days": "4",
    }
    assert len(ostersund["rows"]) == 22
