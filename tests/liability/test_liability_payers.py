"""Who pays: payers by care day, outside the agreement, unknown; which are listed; what touches money."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from agreements.loader import load_agreements, load_payers, load_rates
from agreements.payers import municipalities
from hemgang.liability.draft import draft
from hemgang.liability.model import DayOutcome, Month
from hemgang.messages.model import Message
from tests.liability.discharges import (
    ANGE,
    BERG,
    OSTERSUND,
    VERSIONS,
    at,
    charged,
    dates,
    drafted,
    folded,
    message,
    of_payer,
    stay,
)


def test_the_payer_of_each_care_day_is_the_one_of_its_date() -> None:
    """The clock does not start again, and the population is counted where the patient belonged at discharge."""
    moved = message("e1", "payer_changed", "2022-03-06 15:00", municipality="2380")
    month = drafted(stay(ready="2022-03-01 09:00", left="2022-03-09 10:00", more=[moved]), "2022-03")
    by_date = [(f"{row.date:%m-%d}", row.payer, row.outcome.value, row.reason) for row in month.ledger]
    assert by_date == [
        ("03-01", BERG, "free", "within_free_care_days"),
        ("03-02", BERG, "free", "within_free_care_days"),
        ("03-03", BERG, "free", "within_free_care_days"),
        ("03-04", BERG, "free", "exempt"),  # nobody of Berg was discharged: the share is over nobody
        ("03-05", BERG, "free", "exempt"),
        ("03-06", OSTERSUND, "charged", "beyond_free_care_days"),
        ("03-07", OSTERSUND, "charged", "beyond_free_care_days"),
        ("03-08", OSTERSUND, "charged", "beyond_free_care_days"),
    ]
    assert (of_payer(month, BERG).population, of_payer(month, OSTERSUND).population) == (0, 1)


def test_a_payer_outside_the_agreement_follows_the_statute_in_the_same_region() -> None:
    month = drafted(stay("in", left="2023-03-06 10:00") + stay("out", payer=ANGE, left="2023-03-06 10:00"))
    assert month.agreement.name == "jamtland-harjedalen"
    assert [statement.payer for statement in month.statements] == [ANGE, BERG]
    assert [line.clause for line in of_payer(month, ANGE).clauses] == ["statute"]
    assert [line.clause for line in of_payer(month, BERG).clauses] == ["condition-1", "condition-2"]
    assert {row.clause for row in charged(month) if row.payer == ANGE} == {"statute"}
    assert of_payer(month, ANGE).amount == of_payer(month, BERG).amount == Decimal("21000.00")


def test_all_payers_with_a_stay_in_the_month_are_listed_sorted() -> None:
    """A stay that only touches the month counts; one before, after or in another region does not."""
    messages = [
        *stay("touching", payer="2309", ready="2023-02-20 09:00", left="2023-03-01 00:00"),
        *stay("before", payer="2303", ready="2023-02-20 09:00", left="2023-02-28 23:59"),
        *stay("after", payer="2305", ready="2023-04-03 09:00", left="2023-04-04 10:00"),
        *stay("still in", payer="2361", ready="2023-02-20 09:00", left=None),
        *stay("never ready", payer="2313", without=["ready_notice"]),
        *stay("elsewhere", payer="2321", region="22"),
        *stay("here", payer=BERG),
    ]
    assert [found.payer for found in drafted(messages).statements] == ["2309", "2313", BERG, "2361"]
    assert of_payer(drafted(messages), "2313").population == 0


def test_a_payer_from_the_last_date_of_the_month_on_is_listed_and_one_from_the_next_is_not() -> None:
    last = message("a", "payer_changed", "2023-03-31 23:00", municipality="2303")
    next_month = message("b", "payer_changed", "2023-04-01 00:00", municipality="2305")
    messages = stay("a", left=None, more=[last]) + stay("b", left=None, more=[next_month])
    assert [found.payer for found in drafted(messages).statements] == ["2303", BERG]


def test_one_payer_picked_has_the_same_statement_as_among_all() -> None:
    messages = stay("a", left="2023-03-06 10:00") + stay("b", payer=OSTERSUND, outpatient=None)
    every, one = drafted(messages), drafted(messages, payer=BERG)
    assert one.statements == (of_payer(every, BERG),)
    assert {row.payer for row in one.ledger} == {BERG}
    assert one.hash != every.hash
    assert (one.review, len(every.review)) == ((), 1)
    assert drafted(messages, payer=OSTERSUND).review == every.review
    assert drafted(messages, payer="2303").statements == ()


def test_an_unknown_payer_is_a_finding_and_its_days_are_not_provable() -> None:
    month = drafted(stay(payer="2399", left="2023-03-06 10:00"))
    statement = of_payer(month, "2399")
    assert (statement.name, statement.amount) == (None, Decimal("0.00"))
    assert {row.reason for row in statement.rows if row.n > 3} == {"unknown_payer"}
    assert [(found.code, found.messages) for found in month.findings] == [("unknown_payer", ("e1/admitted",))]


def test_a_district_of_stockholm_is_a_payer_of_its_own_known_by_its_city() -> None:
    admitted = message(
        "e1", "admitted", "2020-02-27 08:00", region="01", municipality="0180", care="psychiatric", district="A1"
    )
    contact = message("e1", "care_contact_assigned", "2020-02-28 09:00", contact="c1")
    messages = stay(payer="0180", region="01", ready="2020-03-01 09:00", left="2020-03-08 10:00", without=["admitted"])
    month = drafted([admitted, contact, *messages], "2020-03", region="01")
    assert (month.statements[0].payer, month.statements[0].name) == ("0180/A1", "Stockholm, A1")
    assert dates(month) == ["03-06", "03-07"]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (stay(), []),
        (stay(without=["admission_notice"]), ["admission_notice_missing"]),
        (stay(more=[message("e1", "ready_withdrawn", "2023-03-20 10:00")]), ["out_of_order"]),
        (stay(more=[message("e1", "retracted", "2023-03-20 10:00", message="nobody's")]), ["unknown_message"]),
        (stay(more=[message("e1/again", "ready_notice", "2023-03-02 10:00", ready_on=None)]), []),
        (stay(without=["admission_notice"], more=[message("e1", "admission_notice", "2023-02-27 07:00")]), []),
        (stay(more=[message("e1/early", "ready_notice", "2023-02-27 07:00")]), ["out_of_order"]),
    ],
    ids=["none", "no notice", "refused", "retracts nothing", "moved date", "early notice counts", "early ready notice"],
)
def test_findings_that_touch_money_are_listed(messages: list[Message], expected: list[str]) -> None:
    assert [found.code for found in drafted(messages).findings] == expected


def test_a_discharge_that_never_came_is_a_finding_after_thirty_days() -> None:
    notice = message("e1", "admission_notice", "2023-02-27 09:00", expected_discharge=date(2023, 3, 10))
    messages = stay(left=None, without=["admission_notice"], more=[notice])
    assert drafted(messages, now="2023-04-09 23:00").findings == ()
    assert [found.code for found in drafted(messages, now="2023-04-10 00:00").findings] == ["discharge_missing"]


def test_an_episode_given_twice_is_refused() -> None:
    episodes = folded(stay()) * 2
    with pytest.raises(ValueError, match="twice"):
        draft(
            episodes,
            region="23",
            month=Month(2023, 3),
            agreements=load_agreements(),
            rates=load_rates(),
            municipalities=municipalities(),
            now=at("2023-06-01 12:00"),
            versions=VERSIONS,
        )


def board(name: str, ready: str, left: str, district: str) -> list[Message]:
    """Return a stay in psychiatric care in Stockholm city, charged alone after five days, paid by a district board."""
    day = f"{at(ready) - timedelta(days=2):%Y-%m-%d}"
    admitted = message(
        *(name, "admitted", f"{day} 08:00"), region="01", municipality="0180", care="psychiatric", district=district
    )
    contact = message(name, "care_contact_assigned", f"{day} 09:00", contact="c1")
    messages = stay(name, payer="0180", region="01", ready=ready, left=left, without=["admitted"])
    return [admitted, contact, *messages]


def test_a_merged_board_is_followed_by_its_successor_from_the_day_after() -> None:
    """Älvsjö ended on 30 June 2020: the days of June are its own, those of July its successor's."""
    messages = board("e1", "2020-06-20 09:00", "2020-07-03 10:00", "alvsjo")
    june, july = (drafted(messages, month, region="01", payers=load_payers()) for month in ("2020-06", "2020-07"))
    assert {row.payer for row in charged(june)} == {"0180/alvsjo"}
    assert {row.payer for row in charged(july)} == {"0180/hagersten-alvsjo"}
    assert dates(july) == ["07-01", "07-02"]
    (row, _) = charged(july)
    assert "e1/admitted" in row.messages
    assert [one.name for one in july.statements] == ["Hägersten-Älvsjö stadsdelsnämnd"]


def test_a_board_that_has_not_begun_is_a_finding_and_its_days_are_not_provable() -> None:
    messages = board("e1", "2020-03-02 09:00", "2020-03-12 10:00", "hagersten-alvsjo")
    month = drafted(messages, "2020-03", region="01", payers=load_payers())
    assert {row.reason for row in month.ledger if row.n > 5} == {"payer_not_valid"}
    assert [found.code for found in month.findings] == ["payer_not_valid"]
    without = drafted(messages, "2020-03", region="01")
    assert len(charged(without)) == 5


def test_a_district_that_nobody_listed_is_an_installation_s_own() -> None:
    messages = board("e1", "2020-03-02 09:00", "2020-03-12 10:00", "A1")
    month = drafted(messages, "2020-03", region="01", payers=load_payers())
    assert {row.payer for row in charged(month)} == {"0180/A1"}
    assert month.findings == ()


def test_a_payer_that_comes_back_is_charged_on_the_message_that_brought_it_back() -> None:
    """Östersund, then Berg, then Östersund again: the same payer's days rest on different messages."""
    changes = [
        message("e1/away", "payer_changed", "2023-03-06 08:00", municipality=BERG),
        message("e1/back", "payer_changed", "2023-03-08 08:00", municipality=OSTERSUND),
    ]
    others = [one for n in range(4) for one in stay(f"x{n}", payer=OSTERSUND, left="2023-03-12 10:00")]
    month = drafted([*stay(payer=OSTERSUND, left="2023-03-10 10:00", more=changes), *others])
    rests = {
        f"{row.date:%m-%d}": row.messages for row in month.ledger if row.episode == "e1" and row.payer == OSTERSUND
    }
    assert "e1/admitted" in rests["03-05"]
    assert "e1/back" in rests["03-09"]
    assert "e1/back" not in rests["03-05"]


def moved(name: str, first: str, then: str, on: str, *, left: str, ready: str = "2023-03-06 10:00") -> list[Message]:
    """Return a stay admitted under one payer and changed to another at the beginning of a date."""
    change = message(f"{name}/changed", "payer_changed", f"{on} 00:30", municipality=then)
    return stay(name, payer=first, ready=ready, left=left, more=[change])


def test_the_payer_of_the_clock_date_decides_whose_rules_a_period_keeps() -> None:
    """Admitted under Berg, a party, and changed to Ånge, which is none, before the notice: the act, three days."""
    month = drafted(moved("e1", BERG, ANGE, "2023-03-05", left="2023-03-12 10:00"))
    assert {(row.clause, row.payer) for row in charged(month)} == {("statute", ANGE)}
    assert dates(month) == ["03-09", "03-10", "03-11"]


def test_a_party_from_before_the_notice_on_is_in_its_own_share() -> None:
    month = drafted(moved("e1", ANGE, BERG, "2023-03-05", left="2023-03-07 10:00"))
    line = of_payer(month, BERG).clauses[0]
    assert (line.clause, line.result.population, line.result.counted) == ("condition-1", 1, 1)


def test_a_party_that_is_left_for_another_payer_still_pays_its_own_days() -> None:
    """Not exempt by others' long stays, Berg pays the days before the change; the agreement says nothing of Ånge."""
    others = [one for n in range(3) for one in stay(f"x{n}", payer=BERG, left="2023-03-06 10:00")]
    month = drafted([*moved("e1", BERG, ANGE, "2023-03-11", left="2023-03-12 10:00"), *others])
    own = [f"{row.date:%m-%d}" for row in charged(month) if row.episode == "e1"]
    assert own == ["03-09", "03-10"]
    assert of_payer(month, BERG).clauses[0].result.population == 3


def test_a_plan_at_the_instant_of_the_notice_counts_as_the_finding_says() -> None:
    """The finding and the condition are one: what comes after the notice in message order is not before it."""
    plan = message("e1/zz", "care_plan_established", "2023-03-01 09:00")
    month = drafted(
        stay("e1", care="psychiatric", status="compulsory_outpatient", more=[plan], left="2023-03-12 10:00")
    )
    blocked = {row.reason for row in month.ledger if row.outcome is DayOutcome.NOT_PROVABLE}
    found = {one.code for one in month.findings}
    assert ("ready_without_care_plan" in found) is ("no_care_plan" in blocked)
    assert blocked == {"no_care_plan"}
