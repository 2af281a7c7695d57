"""Which care days are charged: free days and their boundary, noon, New Year, months, dates of agreements."""

from datetime import date
from decimal import Decimal

import pytest

from agreements.errors import RateUnknown
from hemgang.liability.model import Outcome
from hemgang.liability.money_findings import NO_RULE_IN_FORCE
from tests.liability.discharges import ANGE, BERG, charged, dates, drafted, message, of_payer, outcomes, rates_with, stay


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("2022-03-01 15:00", []),  # day 0
        ("2022-03-02 15:00", []),
        ("2022-03-04 00:00", []),  # day 3, the last free one: out on it costs nothing
        ("2022-03-04 23:59", []),
        ("2022-03-05 00:00", ["03-04"]),  # day 4: the fourth care day ran from day 3 to day 4
        ("2022-03-05 23:59", ["03-04"]),
        ("2022-03-08 10:00", ["03-04", "03-05", "03-06", "03-07"]),
    ],
)
def test_the_statute_charges_from_the_fourth_care_day(left: str, expected: list[str]) -> None:
    draft = drafted(stay(region="22", payer=ANGE, ready="2022-03-01 09:00", left=left), "2022-03", region="22")
    assert dates(draft) == expected
    assert of_payer(draft, ANGE).care_days == len(expected)
    assert of_payer(draft, ANGE).amount == 9300 * len(expected)
    assert [line.clause for line in of_payer(draft, ANGE).clauses] == ["statute"]


@pytest.mark.parametrize(
    ("ready", "expected"),
    [
        ("2022-03-01 11:59:59", ["03-04", "03-05"]),
        ("2022-03-01 12:00:00", ["03-04", "03-05"]),  # exactly at noon is not after it
        ("2022-03-01 12:00:01", ["03-05"]),
        ("2022-03-01 23:59:59", ["03-05"]),
        ("2022-03-02 00:00:00", ["03-05"]),
    ],
)
def test_after_noon_the_statute_counts_from_the_next_day(ready: str, expected: list[str]) -> None:
    draft = drafted(stay(region="22", payer=ANGE, ready=ready, left="2022-03-06 10:00"), "2022-03", region="22")
    assert dates(draft) == expected


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("2023-03-08 10:00", []),  # d = 7
        ("2023-03-09 10:00", ["03-08"]),  # d = 8
        ("2023-03-10 10:00", ["03-08", "03-09"]),
    ],
)
@pytest.mark.parametrize("ready", ["2023-03-01 09:00", "2023-03-01 12:00:01", "2023-03-01 23:59"])
def test_condition_2_frees_seven_care_days_at_any_hour(ready: str, left: str, expected: list[str]) -> None:
    """Three others go home the same day, so that exactly 75 % exempts the municipality from condition 1."""
    others = [one for n in range(3) for one in stay(f"o{n}", left="2023-03-01 16:00")]
    draft = drafted(others + stay(ready=ready, left=left))
    assert of_payer(draft, BERG).clauses[0].result.exempt
    assert dates(draft) == expected


@pytest.mark.parametrize(
    ("ready", "expected"), [("2023-03-01 12:00:00", ["03-04"]), ("2023-03-01 12:00:01", []), ("2023-03-01 13:00", [])]
)
def test_condition_1_follows_the_noon_rule_when_it_charges(ready: str, expected: list[str]) -> None:
    draft = drafted(stay(ready=ready, left="2023-03-05 10:00"))
    assert not of_payer(draft, BERG).clauses[0].result.exempt
    assert dates(draft) == expected


def test_a_later_ready_date_is_day_0_and_an_earlier_one_is_not() -> None:
    notice = {"without": ["ready_notice"], "left": "2023-03-08 10:00"}
    later = message("e1", "ready_notice", "2023-03-01 13:00", ready_on=date(2023, 3, 3))
    earlier = message("e1", "ready_notice", "2023-03-01 09:00", ready_on=date(2023, 2, 20))
    assert dates(drafted(stay(**notice, more=[later]))) == ["03-06", "03-07"]  # type: ignore[arg-type]
    assert dates(drafted(stay(**notice, more=[earlier]))) == ["03-04", "03-05", "03-06", "03-07"]  # type: ignore[arg-type]


def test_a_stay_over_new_year_has_the_rate_of_each_day_and_is_settled_by_month_under_the_statute() -> None:
    messages = stay(region="22", payer=ANGE, ready="2022-12-27 09:00", left="2023-01-03 10:00")
    december, january = (drafted(messages, month, region="22") for month in ("2022-12", "2023-01"))
    assert dates(december) == ["12-30", "12-31"]
    assert dates(january) == ["01-01", "01-02"]
    assert [row.n for row in charged(december) + charged(january)] == [4, 5, 6, 7]
    assert of_payer(december, ANGE).amount == Decimal("18600.00")
    assert of_payer(january, ANGE).amount == Decimal("21000.00")
    assert (of_payer(december, ANGE).population, of_payer(january, ANGE).population) == (0, 1)


def test_jamtland_settles_every_care_day_in_the_month_of_discharge_at_its_own_years_rate() -> None:
    messages = stay(ready="2022-12-27 09:00", left="2023-01-03 10:00")
    assert drafted(messages, "2022-12").ledger == ()
    january = drafted(messages, "2023-01")
    assert dates(january) == ["12-30", "12-31", "01-01", "01-02"]
    assert [row.rate for row in charged(january)] == [9300, 9300, 10500, 10500]
    assert of_payer(january, BERG).amount == Decimal("39600.00")


def test_a_patient_still_in_is_charged_up_to_now_under_the_statute() -> None:
    messages = stay(region="22", payer=ANGE, ready="2022-03-01 09:00", left=None)
    assert dates(drafted(messages, "2022-03", region="22", now="2022-03-06 12:00")) == ["03-04", "03-05"]
    assert len(dates(drafted(messages, "2022-03", region="22"))) == 28
    assert not drafted(messages, "2022-03", region="22", now="2022-03-31 23:59").over
    assert drafted(messages, "2022-03", region="22", now="2022-04-01 00:00").over


def test_a_patient_still_in_has_no_rows_under_jamtland_but_the_payer_is_listed() -> None:
    draft = drafted(stay(left=None))
    assert draft.ledger == ()
    assert (of_payer(draft, BERG).population, of_payer(draft, BERG).amount) == (0, Decimal("0.00"))
    assert of_payer(draft, BERG).clauses[0].result.value is None
    assert of_payer(draft, BERG).clauses[0].result.exempt


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
    assert outcomes(draft) == {"2021-12-31": Outcome.FREE, "2022-01-01": Outcome.FREE}


def test_psychiatric_care_of_2018_has_thirty_free_days_and_no_noon_rule() -> None:
    for left, expected in (("2019-01-08 10:00", []), ("2019-01-09 10:00", ["01-08"])):
        messages = stay(region="22", payer=ANGE, care="psychiatric", ready="2018-12-09 15:00", left=left)
        draft = drafted(messages, "2019-01", region="22")
        assert dates(draft) == expected
        assert [line.clause for line in of_payer(draft, ANGE).clauses] == ["statute", "statute-psychiatric"]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("ready_withdrawn", "period_withdrawn"), ("died", "period_died")],
)
@pytest.mark.parametrize(("region", "payer"), [("22", ANGE), ("23", BERG)])
def test_days_of_a_period_that_discharge_did_not_end_are_not_counted(
    ending: str, reason: str, region: str, payer: str
) -> None:
    over = message("e1", ending, "2022-03-09 10:00")
    messages = stay(region=region, payer=payer, ready="2022-03-01 09:00", left=None, more=[over])
    draft = drafted(messages, "2022-03", region=region)
    assert {(row.outcome, row.reason) for row in draft.ledger} == {(Outcome.NOT_COUNTED, reason)}
    assert (len(draft.ledger), of_payer(draft, payer).population) == (8, 0)
    assert of_payer(draft, payer).amount == 0


def test_a_moved_ready_date_ends_one_clock_and_starts_another() -> None:
    moved = message("e1/moved", "ready_notice", "2022-03-06 09:00", ready_on=date(2022, 3, 7))
    messages = stay(region="22", payer=ANGE, ready="2022-03-01 09:00", left="2022-03-12 10:00", more=[moved])
    draft = drafted(messages, "2022-03", region="22")
    assert [(row.period, f"{row.date:%m-%d}") for row in charged(draft)] == [(2, "03-10"), (2, "03-11")]
    assert [row.reason for row in draft.ledger if row.period == 1] == ["period_moved"] * 5


def test_a_cancelled_episode_never_was() -> None:
    draft = drafted(stay(more=[message("e1", "cancelled", "2023-03-07 10:00")]))
    assert (draft.statements, draft.ledger, draft.findings) == ((), (), ())


def test_an_undone_discharge_leaves_the_patient_in() -> None:
    undone = message("e1", "discharge_cancelled", "2023-03-05 12:00")
    again = message("e1/again", "discharged", "2023-03-10 10:00")
    draft = drafted(stay(more=[undone, again]))
    assert dates(draft)[-1] == "03-09"
    assert len(dates(draft)) == 6


def test_a_period_before_the_act_has_no_rows_and_is_a_finding() -> None:
    messages = stay(region="22", payer=ANGE, ready="2017-12-30 09:00", left="2019-01-05 10:00")
    draft = drafted(messages, "2019-01", region="22")
    assert draft.ledger == ()
    assert [(found.code, found.messages) for found in draft.findings] == [(NO_RULE_IN_FORCE, ("e1/ready_notice",))]


@pytest.mark.parametrize("night", ["2023-03-26", "2023-10-29"])
def test_a_night_in_which_the_clock_is_changed_is_one_care_day(night: str) -> None:
    day = date.fromisoformat(night)
    ready = f"{day.replace(day=day.day - 4)} 09:00"
    draft = drafted(stay(ready=ready, left=f"{day.replace(day=day.day + 1)} 00:30"), f"{day:%Y-%m}")
    assert dates(draft) == [f"{day.replace(day=day.day - 1):%m-%d}", f"{day:%m-%d}"]
