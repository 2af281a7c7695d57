"""The duties of admission and notice at an instant, to the second, with what does not change them (3.1)."""

from datetime import date

import pytest

from hemgang.duties.model import Role, Status
from hemgang.messages.model import MessageType as M
from tests.duties.stays import admitted, at, duties_at, noticed, said, shown, stands

NOTICE = [
    # nothing said: open up to the instant, missed from it on
    ((), "2023-03-02 10:15", "open"),
    ((), "2023-03-03 10:14:59", "open"),
    ((), "2023-03-03 10:15:00", "missed"),
    # sent at exactly 24 hours is in time, a second later is not
    (((M.ADMISSION_NOTICE, "2023-03-03 10:15:00"),), "2023-03-03 10:15:00", "met"),
    (((M.ADMISSION_NOTICE, "2023-03-03 10:15:01"),), "2023-03-03 12:00:00", "met_late"),
    (((M.ADMISSION_NOTICE, "2023-03-02 10:15:00"),), "2023-03-02 10:15:00", "met"),
    # dated ahead: not sent yet
    (((M.ADMISSION_NOTICE, "2023-03-02 18:00"),), "2023-03-02 17:59:59", "open"),
    # an end of the stay does not void it, a cancellation does, whatever came before
    (((M.DISCHARGED, "2023-03-02 15:00"),), "2023-03-03 10:15", "missed"),
    (((M.DIED, "2023-03-02 15:00"),), "2023-03-02 16:00", "open"),
    (((M.CANCELLED, "2023-03-02 15:00"),), "2023-03-02 15:00", "void"),
    (((M.ADMISSION_NOTICE, "2023-03-02 12:00"), (M.CANCELLED, "2023-03-02 15:00")), "2023-03-02 16:00", "void"),
    (((M.CANCELLED, "2023-03-05 15:00"),), "2023-03-05 16:00", "void"),
    # two notices: the first counts
    (((M.ADMISSION_NOTICE, "2023-03-03 10:00"), (M.ADMISSION_NOTICE, "2023-03-04 10:00")), "2023-03-05 00:00", "met"),
]


@pytest.mark.parametrize(("more", "now", "expected"), NOTICE)
def test_admission_notice(more: tuple[tuple[M, str], ...], now: str, expected: str) -> None:
    duty = duties_at(said(admitted("2023-03-02 10:15"), *more), now)["admission_notice/0/"]
    assert stands(duty) == expected


def test_admission_notice_counts_from_the_later_assessment_once_a_notice_tells_of_it() -> None:
    stay = admitted("2023-03-02 10:15")
    assert shown(duties_at(stay, "2023-03-03 09:00")["admission_notice/0/"].strict_due) == "2023-03-03 10:15"
    later = stay.say(M.ADMISSION_NOTICE, "2023-03-04 08:00", assessed_at=at("2023-03-03 14:00"))
    duty = duties_at(later, "2023-03-04 08:00")["admission_notice/0/"]
    assert (shown(duty.opened_at), shown(duty.strict_due)) == ("2023-03-03 14:00", "2023-03-04 14:00")
    assert (duty.status, duty.opened_by) == (Status.MET, "m2")
    assert "the need seen Fri 2023-03-03 14:00" in duty.why


def test_an_assessment_after_its_own_notice_counts_from_the_notice() -> None:
    stay = admitted("2023-03-02 10:15").say(M.ADMISSION_NOTICE, "2023-03-02 12:00", assessed_at=at("2023-03-05 09:00"))
    duty = duties_at(stay, "2023-03-02 12:00")["admission_notice/0/"]
    assert (shown(duty.opened_at), duty.status) == ("2023-03-02 12:00", Status.MET)


@pytest.mark.parametrize("assessed", ["2023-03-01 09:00", "2023-03-02 10:15"])
def test_an_assessment_that_is_not_later_changes_nothing(assessed: str) -> None:
    stay = admitted("2023-03-02 10:15").say(M.ADMISSION_NOTICE, "2023-03-02 12:00", assessed_at=at(assessed))
    duty = duties_at(stay, "2023-03-02 12:00")["admission_notice/0/"]
    assert (shown(duty.opened_at), duty.opened_by) == ("2023-03-02 10:15", "m1")


PLANNING = [
    # notice Thu before Easter 2018 18:05: planning starts on the third day, Sun 08:00; four staffed hours: 12:00
    ((), "2018-04-01 11:59:59", "open"),
    ((), "2018-04-01 12:00:00", "missed"),
    (((M.PLANNING_STARTED, "2018-04-01 12:00:00"),), "2018-04-01 12:00", "met"),
    (((M.PLANNING_STARTED, "2018-04-01 12:00:01"),), "2018-04-01 12:01", "met_late"),
    (((M.PLANNING_STARTED, "2018-03-30 03:00"),), "2018-03-30 03:00", "met"),
    # any end of the stay voids it while open, also at the last instant; not once missed
    (((M.DISCHARGED, "2018-04-01 11:00"),), "2018-04-02 00:00", "void"),
    (((M.DIED, "2018-04-01 12:00:00"),), "2018-04-02 00:00", "void"),
    (((M.DISCHARGED, "2018-04-01 12:00:01"),), "2018-04-02 00:00", "missed"),
    # met before the end stays met; begun after the end does not bring it back
    (((M.PLANNING_STARTED, "2018-03-31 08:00"), (M.DISCHARGED, "2018-03-31 09:00")), "2018-04-02 00:00", "met"),
    (((M.DISCHARGED, "2018-03-31 08:00"), (M.PLANNING_STARTED, "2018-03-31 09:00")), "2018-04-02 00:00", "void"),
    # a ready notice or a withdrawal is no end
    (((M.READY_NOTICE, "2018-03-30 10:00"), (M.READY_WITHDRAWN, "2018-03-31 10:00")), "2018-04-01 11:00", "open"),
]


@pytest.mark.parametrize(("more", "now", "expected"), PLANNING)
def test_planning_start(more: tuple[tuple[M, str], ...], now: str, expected: str) -> None:
    duty = duties_at(said(noticed("2018-03-29 18:05"), *more), now)["planning_start/0/"]
    assert (stands(duty), duty.owners) == (expected, (Role.OUTPATIENT_UNIT, Role.MUNICIPAL_UNIT))


def test_planning_start_is_absent_before_the_notice() -> None:
    stay = noticed("2018-03-29 18:05", opened="2018-03-29 10:00")
    assert "planning_start/0/" not in duties_at(stay, "2018-03-29 18:04:59")
    assert "planning_start/0/" in duties_at(stay, "2018-03-29 18:05:00")


CONTACT = [
    # expected discharge Fri 10 March: strict due is when it begins, but only the discharge judges
    ((), "2023-03-09 23:59:59", "open"),
    ((), "2023-03-10 00:00:00", "open"),
    ((), "2023-03-20 00:00:00", "open"),
    (((M.DISCHARGED, "2023-03-08 11:00"),), "2023-03-08 10:59:59", "open"),
    (((M.DISCHARGED, "2023-03-08 11:00"),), "2023-03-08 11:00:00", "missed"),
    (((M.CARE_CONTACT_ASSIGNED, "2023-03-15 10:00"),), "2023-03-15 10:00", "met"),
    (((M.CARE_CONTACT_ASSIGNED, "2023-03-15 10:00"), (M.DISCHARGED, "2023-03-15 10:00")), "2023-03-16 10:00", "met"),
    (
        ((M.DISCHARGED, "2023-03-15 10:00"), (M.CARE_CONTACT_ASSIGNED, "2023-03-15 10:00:01")),
        "2023-03-16 10:00",
        "met_late",
    ),
    (((M.DIED, "2023-03-15 10:00"),), "2023-03-15 10:00", "void"),
    (((M.DISCHARGED, "2023-03-15 10:00"), (M.DISCHARGE_CANCELLED, "2023-03-15 12:00")), "2023-03-15 12:00", "open"),
]


@pytest.mark.parametrize(("more", "now", "expected"), CONTACT)
def test_care_contact(more: tuple[tuple[M, str], ...], now: str, expected: str) -> None:
    duty = duties_at(said(noticed("2023-03-02 09:00", date(2023, 3, 10)), *more), now)["care_contact/0/"]
    assert (stands(duty), shown(duty.strict_due)) == (expected, "2023-03-10 00:00")


def test_care_contact_follows_the_latest_expected_date_and_has_no_due_without_one() -> None:
    stay = noticed("2023-03-02 09:00")
    duty = duties_at(stay, "2023-03-05 00:00")["care_contact/0/"]
    assert (duty.strict_due, duty.practical_due, duty.miss_at, duty.status) == (None, None, None, Status.OPEN)
    assert not duty.judged_at_due
    moved = stay.say(M.EXPECTED_DISCHARGE_CHANGED, "2023-03-05 10:00", expected_discharge=date(2023, 3, 12))
    assert shown(duties_at(moved, "2023-03-05 10:00")["care_contact/0/"].strict_due) == "2023-03-12 00:00"
    gone = moved.say(M.DISCHARGED, "2023-03-06 10:00")
    assert shown(duties_at(gone, "2023-03-06 10:00")["care_contact/0/"].missed_at) == "2023-03-06 10:00"
