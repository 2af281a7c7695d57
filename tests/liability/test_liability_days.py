"""Which care days are charged: free days and their boundary, noon, New Year, months, open stays, clock changes."""

from datetime import date
from decimal import Decimal

import pytest

from hemgang.liability.model import DayOutcome
from tests.liability.discharges import ANGE, BERG, charged, dates, drafted, message, of_payer, outcomes, stay


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


def test_a_period_discharged_at_the_instant_a_month_begins_belongs_to_that_month() -> None:
    messages = stay(ready="2023-03-20 09:00", left="2023-04-01 00:00")
    assert drafted(messages, "2023-03").ledger == ()
    assert len(charged(drafted(messages, "2023-04"))) == 9


def test_each_care_day_has_its_row_also_where_there_is_only_one() -> None:
    one = stay(left="2023-03-02 10:00")
    over = stay(region="22", payer=ANGE, ready="2023-02-28 09:00", left="2023-03-02 10:00")
    assert outcomes(drafted(one)) == {"2023-03-01": DayOutcome.FREE}
    assert outcomes(drafted(over, "2023-02", region="22")) == {"2023-02-28": DayOutcome.FREE}
    assert outcomes(drafted(over, "2023-03", region="22")) == {"2023-03-01": DayOutcome.FREE}


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


@pytest.mark.parametrize("night", ["2023-03-26", "2023-10-29"])
def test_a_night_in_which_the_clock_is_changed_is_one_care_day(night: str) -> None:
    day = date.fromisoformat(night)
    ready = f"{day.replace(day=day.day - 4)} 09:00"
    draft = drafted(stay(ready=ready, left=f"{day.replace(day=day.day + 1)} 00:30"), f"{day:%Y-%m}")
    assert dates(draft) == [f"{day.replace(day=day.day - 1):%m-%d}", f"{day:%m-%d}"]
