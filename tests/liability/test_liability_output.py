"""The JSON of a draft, the assumptions it names, and what `strict` refuses."""

import json

import pytest

from hemgang.errors import HemgangError
from hemgang.liability.model import Month, NotAMonth, StrictRefused
from hemgang.liability.serialize import to_json
from tests.liability.discharges import ANGE, drafted, message, rates_with, stay

ROWS = [
    {
        "payer": "2326",
        "episode": "e1",
        "period": 1,
        "n": 4,
        "date": "2023-03-04",
        "agreement": "jamtland-harjedalen",
        "clause": "condition-1",
        "also": [],
        "outcome": "charged",
        "reason": "beyond_free_care_days",
        "messages": ["e1/admission_notice", "e1/admitted", "e1/discharged", "e1/ready_notice"],
        "care_days": "1",
        "rate": "10500.00",
        "amount": "10500.00",
    },
    {
        "payer": "2326",
        "episode": "e2",
        "period": 1,
        "n": 4,
        "date": "2023-03-04",
        "agreement": "jamtland-harjedalen",
        "clause": "condition-1",
        "also": [],
        "outcome": "not_provable",
        "reason": "no_admission_notice",
        "messages": ["e2/admitted", "e2/discharged", "e2/ready_notice"],
        "care_days": "0",
        "rate": None,
        "amount": "0.00",
    },
]
"""A charged row and one that is not provable."""


def test_the_documented_shape() -> None:
    messages = stay(left="2023-03-05 10:00", outpatient=None) + stay("e2", without=["admission_notice"])
    document = to_json(drafted(messages))
    assert json.loads(json.dumps(document)) == document
    assert list(document) == [
        *("region", "month", "agreement", "status", "suspended", "hash", "assumptions", "payers", "review", "findings")
    ]
    assert (document["region"], document["month"], document["status"]) == ("23", "2023-03", "draft")
    [berg] = document["payers"]
    assert list(berg) == ["payer", "name", "population", "clauses", "care_days", "amount", "rows"]
    assert (berg["payer"], berg["name"], berg["population"]) == ("2326", "Berg", 2)
    assert (berg["care_days"], berg["amount"]) == ("1", "10500.00")
    assert berg["rows"] == ROWS
    assert document["review"] == [
        {
            "payer": "2326",
            "episode": "e1",
            "period": 1,
            "condition": "outpatient_care_available",
            "reason": "outpatient_care_unknown",
            "clause": "LUS 5 kap. 5 §",
            "messages": [],
        }
    ]
    assert [(found["code"], found["episode"]) for found in document["findings"]] == [("admission_notice_missing", "e2")]


def test_free_rows_are_in_the_ledger_and_not_in_the_json() -> None:
    draft = drafted(stay(left="2023-03-05 10:00"))
    assert len(draft.ledger) == 4
    assert [row["n"] for row in to_json(draft)["payers"][0]["rows"]] == [4]


def test_an_empty_month_has_no_payers_and_says_so() -> None:
    document = to_json(drafted([]))
    assert (document["payers"], document["review"], document["findings"]) == ([], [], [])


def test_a_draft_names_the_assumptions_it_rests_on_and_no_others() -> None:
    jamtland = {(one["agreement"], one["parameter"]) for one in to_json(drafted(stay()))["assumptions"]}
    assert {
        ("jamtland-harjedalen", "condition-1.free_care_days"),
        ("jamtland-harjedalen", "condition-2.cutoff"),
        ("lus", "population_requires_gates"),
    } <= jamtland
    assert ("lus", "statute.attribution") not in jamtland
    assert ("lus", "unknown_outpatient_care") not in jamtland
    assert ("lus", "planning_response_hours") not in jamtland
    doubtful = to_json(drafted(stay(outpatient=None)))["assumptions"]
    assert ("lus", "unknown_outpatient_care") in {(one["agreement"], one["parameter"]) for one in doubtful}
    assert all(one["assumption"] for one in doubtful)
    statute = to_json(drafted(stay(region="22", payer=ANGE), region="22"))["assumptions"]
    assert {one["agreement"] for one in statute} == {"lus"}


def test_a_draft_without_prices_explains_and_states_nothing() -> None:
    draft = drafted(stay(ready="2024-03-01 09:00", left="2024-03-06 10:00"), "2024-03", priced=False)
    assert [(row.outcome.value, row.rate, str(row.amount)) for row in draft.ledger][3:] == [
        ("charged", None, "0.00")
    ] * 2
    with pytest.raises(ValueError, match="not priced"):
        to_json(draft)


def test_a_rate_that_is_assumed_is_named() -> None:
    draft = drafted(
        stay(ready="2025-03-01 09:00", left=None), "2025-03", rates=rates_with(2025, "1"), now="2025-06-01 00:00"
    )
    assert "amount_kr.2025" in [used.parameter for used in draft.assumptions]


def test_strict_refuses_and_names_every_assumption() -> None:
    with pytest.raises(StrictRefused, match=r"condition-1\.free_care_days") as refused:
        drafted(stay(), strict=True)
    assert refused.value.assumptions == drafted(stay()).assumptions
    assert isinstance(refused.value, HemgangError)
    assert "\n" not in str(refused.value)


def test_strict_lets_a_month_pass_that_rests_on_nothing_assumed() -> None:
    assert drafted([], strict=True).statements == ()


@pytest.mark.parametrize(
    "text", ["2023-3", "2023-13", "2023-00", "2017-12", "2101-01", "202303", "", "2023-03-01", "２０２３-03"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(NotAMonth, match="YYYY-MM"):
        Month.parse(text)


def test_a_month_has_its_first_and_last_day() -> None:
    february = Month.parse("2024-02")
    assert (str(february), str(february.first), str(february.last)) == ("2024-02", "2024-02-01", "2024-02-29")
    assert str(Month(2023, 12).following()) == "2024-01"
    assert str(Month(2100, 12).last) == "2100-12-31"
    assert february.last in february
    assert Month(2024, 3).first not in february
    assert february.ends_at == Month(2024, 3).starts_at
    assert Month(2023, 12) < february


def test_march_is_an_hour_short_and_october_an_hour_long() -> None:
    hours = {n: (Month(2023, n).ends_at - Month(2023, n).starts_at).total_seconds() / 3600 for n in (3, 10, 12)}
    assert hours == {3: 31 * 24 - 1, 10: 31 * 24 + 1, 12: 31 * 24}


def test_a_moved_ready_date_is_not_in_the_way_of_the_documented_json() -> None:
    withdrawn = message("e1", "ready_withdrawn", "2023-03-04 09:00")
    rows = to_json(drafted(stay(left=None, more=[withdrawn])))["payers"][0]["rows"]
    assert {(row["outcome"], row["reason"], row["rate"]) for row in rows} == {("not_counted", "period_withdrawn", None)}
