"""When duties are due over Easter and both nights of summer time, and by whose hours (specification 2.2 to 2.4)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.staffing import ALWAYS, StaffingRule
from hemgang.duties.model import Role
from hemgang.messages.model import MessageType as M
from tests.duties.stays import People, admitted, at, duties_at, noticed, shown
from tests.effort import examples

WEEKDAYS_ONLY = StaffingRule(time(8), time(17), third_day=False)
AFTERNOONS = StaffingRule(time(13), time(16), third_day=True)

PLANNING = [
    # notice, planning under way at the latest (four staffed hours from the planning start)
    ("2018-03-28 10:15", "2018-03-28 14:15"),
    ("2018-03-28 08:00", "2018-03-28 12:00"),
    ("2018-03-28 13:00", "2018-03-28 17:00"),
    ("2018-03-28 13:01", "2018-03-29 08:01"),
    ("2018-03-28 15:00", "2018-03-29 10:00"),
    ("2018-03-28 17:00", "2018-03-29 12:00"),
    ("2018-03-29 15:00", "2018-04-01 10:00"),
    ("2018-03-29 18:05", "2018-04-01 12:00"),
    ("2018-04-01 16:00", "2018-04-03 11:00"),
    ("2018-04-01 17:30", "2018-04-03 12:00"),
    ("2018-06-15 17:01", "2018-06-18 12:00"),
    ("2018-06-21 16:59", "2018-06-24 11:59"),
    ("2018-12-21 17:00", "2018-12-24 12:00"),
]


@pytest.mark.parametrize(("notice", "due"), PLANNING)
def test_planning_start_is_counted_in_staffed_hours(notice: str, due: str) -> None:
    duty = duties_at(noticed(notice), notice)["planning_start/0/"]
    assert (shown(duty.strict_due), shown(duty.practical_due), duty.due_included) == (due, due, True)


def test_planning_start_says_why() -> None:
    why = duties_at(noticed("2018-03-29 18:05"), "2018-03-30 00:00")["planning_start/0/"].why
    assert why.startswith("Admission notice sent Thu 2018-03-29 18:05, after 17:00; Fri 2018-03-30 långfredagen")
    assert "the third day of the long holiday" in why
    assert why.endswith("within 4 staffed hours, at the latest Sun 2018-04-01 12:00 (LUS 2 kap. 6 §, assumption).")


NIGHTS = [
    # admitted, due 24 elapsed hours later: the wall clock moves an hour in spring and autumn
    ("2026-03-28T14:00+01:00", "2026-03-29T15:00+02:00"),
    ("2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00"),
    ("2026-10-24T02:30+02:00", "2026-10-25T02:30+02:00"),
    ("2026-10-24T03:30+02:00", "2026-10-25T02:30+01:00"),
    ("2026-10-24T14:00+02:00", "2026-10-25T13:00+01:00"),
    ("2026-10-25T02:30+02:00", "2026-10-26T01:30+01:00"),
    ("2026-07-01T14:00+02:00", "2026-07-02T14:00+02:00"),
]


@pytest.mark.parametrize(("opened", "due"), NIGHTS)
def test_24_hours_elapse_whatever_the_wall_clock_shows(opened: str, due: str) -> None:
    stay = admitted(opened, region="19", municipality="1980")
    duty = duties_at(stay, opened)["admission_notice/0/"]
    assert duty.strict_due == at(due)
    in_time, late = stay.say(M.ADMISSION_NOTICE, due), stay.say(M.ADMISSION_NOTICE, due[:16] + ":01" + due[16:])
    assert duties_at(in_time, "2026-11-01 00:00")["admission_notice/0/"].status == "met"
    assert duties_at(late, "2026-11-01 00:00")["admission_notice/0/"].status == "met_late"


@pytest.mark.parametrize(
    ("notice", "due"),
    [
        ("2026-03-26T23:30+01:00", "2026-03-30T00:00+02:00"),
        ("2026-03-29T03:00+02:00", "2026-04-02T00:00+02:00"),
        ("2026-10-22T10:00+02:00", "2026-10-26T00:00+01:00"),
        ("2026-10-25T02:30+01:00", "2026-10-29T00:00+01:00"),
    ],
)
def test_three_days_are_dates_also_over_the_nights_of_summer_time(notice: str, due: str) -> None:
    stay = admitted("2026-02-01 10:00", region="19", municipality="1980").say(M.READY_NOTICE, notice)
    assert duties_at(stay, notice)["sip_call/1/"].strict_due == at(due)


CALLS_AT_EASTER_2023 = [
    # långfredagen 7 April to annandag påsk 10 April, third day Sunday 9 April
    # ready notice, strict due, extended due, practical due: third day staffed, weekdays only
    ("2023-04-05 10:00", "2023-04-09 00:00", "2023-04-12 00:00", "2023-04-06 17:00", "2023-04-06 17:00"),
    ("2023-04-06 10:00", "2023-04-10 00:00", "2023-04-12 00:00", "2023-04-09 17:00", "2023-04-06 17:00"),
    ("2023-04-07 10:00", "2023-04-11 00:00", "2023-04-12 00:00", "2023-04-09 17:00", "2023-04-06 17:00"),
    ("2023-04-08 10:00", "2023-04-12 00:00", "2023-04-12 00:00", "2023-04-11 17:00", "2023-04-11 17:00"),
]


@pytest.mark.parametrize(("notice", "strict", "extended", "third_day", "weekdays"), CALLS_AT_EASTER_2023)
def test_sip_call_over_easter(notice: str, strict: str, extended: str, third_day: str, weekdays: str) -> None:
    stay = noticed("2023-04-03 10:00").say(M.READY_NOTICE, notice)
    duty = duties_at(stay, notice)["sip_call/1/"]
    assert (shown(duty.strict_due), shown(duty.extended_due)) == (strict, extended)
    assert shown(duty.practical_due) == third_day, "nobody in the roster: the agreement's planning hours"
    closed = People(hours={Role.FIXED_CARE_CONTACT: WEEKDAYS_ONLY})
    assert shown(duties_at(stay, notice, closed)["sip_call/1/"].practical_due) == weekdays


MINUTES = st.integers(0, 7 * 366 * 1440).map(lambda minutes: at("2018-01-01 00:00") + timedelta(minutes=minutes))


@settings(max_examples=examples(300), deadline=None)
@given(notices=st.tuples(MINUTES, st.integers(0, 20000)))
def test_a_later_notice_never_has_an_earlier_due(notices: tuple[datetime, int]) -> None:
    first, minutes = notices
    dues = [_dues(first), _dues(first + timedelta(minutes=minutes))]
    for key in dues[0]:
        strict, practical = zip(dues[0][key], dues[1][key], strict=True)
        assert strict[0] <= strict[1]
        assert practical[0] <= practical[1]
        assert practical[0] <= strict[0]


def _dues(notice: datetime) -> dict[str, tuple[datetime, datetime]]:
    stay = noticed(notice.isoformat()).say(M.READY_NOTICE, notice.isoformat())
    found = duties_at(stay, notice)
    known = {key: (found[key].strict_due, found[key].practical_due) for key in ("planning_start/0/", "sip_call/1/")}
    return {key: (strict, practical) for key, (strict, practical) in known.items() if strict and practical}


def test_hours_are_those_of_the_owner() -> None:
    stay = noticed("2023-03-02 09:00", date(2023, 3, 10)).say(M.READY_NOTICE, "2023-03-08 10:00")
    people = People(hours={Role.OUTPATIENT_UNIT: AFTERNOONS, Role.MUNICIPAL_UNIT: ALWAYS})
    found = duties_at(stay, "2023-03-08 10:00", people)
    assert shown(found["care_contact/0/"].practical_due) == "2023-03-09 16:00"
    assert found["planning_start/0/"].hours == AFTERNOONS, "the outpatient unit's, not the municipality's"
    assert found["discharge_target/1/condition-1"].practical_due == found["discharge_target/1/condition-1"].strict_due
    assert found["admission_notice/0/"].hours == ALWAYS, "a ward is there around the clock"
    assert shown(found["sip_call/1/"].practical_due) == "2023-03-10 17:00"


def test_instants_are_plain_and_in_utc() -> None:
    stay = noticed("2023-03-02 09:00", date(2023, 3, 10)).say(M.READY_NOTICE, "2023-03-08 10:00")
    for duty in duties_at(stay.say(M.DISCHARGED, "2023-03-09 10:00"), "2023-03-20 00:00").values():
        for instant in (duty.opened_at, duty.strict_due, duty.practical_due, duty.missed_at):
            assert instant is None or (type(instant).__name__, instant.tzinfo) == ("datetime", UTC), duty.key


@pytest.mark.parametrize(
    ("region", "municipality", "on", "clause"),
    [
        ("23", "2380", "2023-03-08 10:00", "Utskrivning"),
        ("23", "2380", "2024-12-31 10:00", "Utskrivning"),
        ("23", "2380", "2025-01-01 10:00", "LUS 4 kap. 3 §"),
        ("23", "1980", "2023-03-08 10:00", "LUS 4 kap. 3 §"),
        ("19", "1980", "2023-03-08 10:00", "LUS 4 kap. 3 §"),
    ],
)
def test_the_agreement_is_that_of_region_payer_and_date(region: str, municipality: str, on: str, clause: str) -> None:
    stay = admitted("2023-01-02 09:00", region=region, municipality=municipality).say(M.READY_NOTICE, on)
    duty = duties_at(stay, on)["sip_call/1/"]
    assert duty.clause == clause
    assert f"({clause})" in duty.why
