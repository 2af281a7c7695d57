"""The duties of a ready period's length and of the discharge, to the second, and what has no duty (3.1)."""

import pytest

from hemgang.duties.model import Role, Status
from hemgang.messages.model import MessageType as M
from tests.duties.stays import Stay, admitted, duties_at, noticed, said, shown, stands

LENGTH = [
    # Jämtland, ready Wed 8 March 2023 13:15: share to the end of day 1; noon rule moves condition 1's own clock
    ("discharge_target/1/condition-1", "2023-03-10 00:00"),
    ("last_free_day/1/condition-1", "2023-03-13 00:00"),
    ("last_free_day/1/condition-2", "2023-03-16 00:00"),
]


@pytest.mark.parametrize(("key", "due"), LENGTH)
def test_dues_of_a_ready_period_under_an_agreement(key: str, due: str) -> None:
    stay = noticed("2023-03-02 09:00").say(M.READY_NOTICE, "2023-03-08 13:15")
    duty = duties_at(stay, "2023-03-08 13:15")[key]
    assert (shown(duty.strict_due), duty.extended_due, duty.owners) == (due, None, (Role.MUNICIPAL_UNIT,))
    second_before, at_due = stay.say(M.DISCHARGED, "2023-03-09 23:59:59"), stay.say(M.DISCHARGED, due)
    assert stands(duties_at(second_before, "2023-04-01 00:00")[key]) == "met"
    assert stands(duties_at(at_due, "2023-04-01 00:00")[key]) == "met_late"
    assert stands(duties_at(stay, due)[key]) == "missed"


@pytest.mark.parametrize("end", [M.READY_WITHDRAWN, M.DIED, M.DISCHARGED])
def test_any_end_of_the_period_meets_its_length(end: M) -> None:
    stay = said(noticed("2023-03-02 09:00"), (M.READY_NOTICE, "2023-03-08 13:15"), (end, "2023-03-09 10:00"))
    assert stands(duties_at(stay, "2023-03-09 10:00")["discharge_target/1/condition-1"]) == "met"


def test_a_cancelled_stay_voids_its_length() -> None:
    stay = said(noticed("2023-03-02 09:00"), (M.READY_NOTICE, "2023-03-08 13:15"), (M.CANCELLED, "2023-03-09 10:00"))
    assert {duty.status for duty in duties_at(stay, "2023-03-09 10:00").values()} == {Status.VOID}


@pytest.mark.parametrize(
    ("notice", "due"),
    [("2023-03-08 12:00:00", "2023-03-12 00:00"), ("2023-03-08 12:00:01", "2023-03-13 00:00")],
)
def test_statute_only_where_no_agreement_binds(notice: str, due: str) -> None:
    stay = admitted("2023-03-02 09:00", region="22", municipality="2281").say(M.READY_NOTICE, notice)
    found = duties_at(stay, "2023-03-08 13:00")
    assert shown(found["last_free_day/1/statute"].strict_due) == due
    assert not [key for key in found if key.startswith("discharge_target")]


def test_clauses_for_another_kind_of_care_make_no_duty() -> None:
    psychiatric = admitted("2018-03-01 09:00", region="22", municipality="2281", care="psychiatric")
    found = duties_at(psychiatric.say(M.READY_NOTICE, "2018-03-05 09:00"), "2018-03-06 00:00")
    assert [key for key in found if key.startswith("last_free_day")] == ["last_free_day/1/statute-psychiatric"]
    assert shown(found["last_free_day/1/statute-psychiatric"].strict_due) == "2018-04-05 00:00"


@pytest.mark.parametrize(
    ("notice", "due"),
    [
        ("2019-04-17 12:00", "2019-04-27 00:00"),
        ("2019-04-17 12:01", "2019-04-30 00:00"),
        ("2019-03-04 12:01", "2019-03-13 00:00"),
    ],
)
def test_free_weekdays_are_counted_past_easter(notice: str, due: str) -> None:
    """Stockholm's interim agreement: five weekdays after day 0; after noon that is the day after."""
    stay = admitted("2019-03-01 09:00", region="01", municipality="0184").say(M.READY_NOTICE, notice)
    assert shown(duties_at(stay, notice)["last_free_day/1/interim-somatic"].strict_due) == due


INFORMATION = [
    ((), "2023-03-10 10:59:59", "absent"),
    ((), "2023-03-10 23:59:59", "open"),
    ((), "2023-03-11 00:00:00", "missed"),
    (((M.DISCHARGE_INFORMATION, "2023-03-10 23:59:59"),), "2023-03-11 00:00", "met"),
    (((M.DISCHARGE_INFORMATION, "2023-03-11 00:00:00"),), "2023-03-11 00:00", "met_late"),
    (((M.DISCHARGE_INFORMATION, "2023-03-09 12:00"),), "2023-03-10 11:00", "met"),
    (((M.DIED, "2023-03-11 12:00"),), "2023-03-11 12:00", "missed"),
    (((M.DISCHARGE_CANCELLED, "2023-03-10 12:00"),), "2023-03-10 12:00", "absent"),
]


@pytest.mark.parametrize(("more", "now", "expected"), INFORMATION)
def test_discharge_information(more: tuple[tuple[M, str], ...], now: str, expected: str) -> None:
    stay = said(noticed("2023-03-02 09:00"), (M.DISCHARGED, "2023-03-10 11:00"), *more)
    assert stands(duties_at(stay, now).get("discharge_information/0/")) == expected


def test_nothing_opened_nothing_due() -> None:
    stay = Stay().say(M.READY_NOTICE, "2023-03-08 13:15")
    assert duties_at(stay, "2023-03-10 00:00") == {}
    assert duties_at(admitted("2023-03-02 09:00"), "2023-03-02 08:59:59") == {}


def test_nothing_follows_from_before_the_act() -> None:
    stay = admitted("2017-12-31 23:59:59", region="22", municipality="2281").say(M.READY_NOTICE, "2018-01-01 00:00:00")
    assert sorted(duties_at(stay, "2018-01-02 00:00")) == ["last_free_day/1/statute", "sip_call/1/"]


def test_duties_come_in_the_order_of_their_due() -> None:
    stay = noticed("2023-03-02 09:00").say(M.READY_NOTICE, "2023-03-08 13:15")
    dues = [duty.strict_due for duty in duties_at(stay, "2023-03-09 00:00").values()]
    known = [due for due in dues if due is not None]
    assert known == sorted(known)
    assert dues[len(known) :] == [None] * (len(dues) - len(known))
