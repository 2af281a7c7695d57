"""Which rungs fire when, to whom, and what becomes of the others (specification 3.2)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from calendars.staffing import StaffingRule
from hemgang.duties.escalation import Anchor, Counted, Ladder, Level, Rung
from hemgang.duties.model import AlertKind, AlertState, Role, Status
from hemgang.duties.roster import Recipient
from hemgang.episode.model import Episode
from hemgang.messages.model import MessageType as M
from tests.duties.stays import Engine, People, Stay, admitted, duties_at, noticed, shown

WEEKDAYS_ONLY = StaffingRule(time(8), time(17), third_day=False)
CLOSED_AT_EASTER = People(hours={Role.FIXED_CARE_CONTACT: WEEKDAYS_ONLY})
EVERYONE_BUT_OPERATOR = frozenset({Role.FIXED_CARE_CONTACT, Role.BACKUP, Role.MANAGER})


def ready(notice: str) -> Stay:
    return noticed("2023-03-01 10:00").say(M.READY_NOTICE, notice)


EASTER = [
    # ready notice; owner, backup, manager, missed
    ("2023-04-06 10:00", People(), ("04-09 13:00", "04-09 15:00", "04-09 16:00", "04-10 00:00")),
    ("2023-04-06 10:00", CLOSED_AT_EASTER, ("04-06 13:00", "04-06 15:00", "04-06 16:00", "04-10 00:00")),
    ("2023-04-08 10:00", CLOSED_AT_EASTER, ("04-11 13:00", "04-11 15:00", "04-11 16:00", "04-12 00:00")),
]


@pytest.mark.parametrize(("notice", "people", "expected"), EASTER)
def test_ladder_of_a_call_over_easter(notice: str, people: People, expected: tuple[str, ...]) -> None:
    engine = Engine(ready(notice), people).run("2023-03-01 09:00", "2023-05-01 00:00")
    rungs = ("owner", "backup", "manager", "missed")
    assert engine.fired("sip_call") == [
        (f"2023-{when}", "sip_call/1/", rung) for when, rung in zip(expected, rungs, strict=True)
    ]


def test_rungs_from_before_the_opening_are_due_at_once_and_only_the_latest_fires() -> None:
    engine = Engine(ready("2023-04-06 16:30"), CLOSED_AT_EASTER).run("2023-04-06 16:30", "2023-04-11 00:00")
    assert engine.fired("sip_call") == [
        ("2023-04-06 16:30", "sip_call/1/", "manager"),
        ("2023-04-10 00:00", "sip_call/1/", "missed"),
    ]
    overtaken = [record for record in engine.records("overtaken") if record.key == "sip_call/1/"]
    assert [(record.rung, record.reason) for record in overtaken] == [
        ("owner", "overtaken by manager"),
        ("backup", "overtaken by manager"),
    ]


def test_after_an_outage_only_the_latest_rung_fires() -> None:
    engine = Engine(ready("2023-04-06 10:00"))
    engine.step("2023-04-06 10:00")
    engine.step("2023-04-12 09:00")
    assert engine.fired("sip_call") == [("2023-04-12 09:00", "sip_call/1/", "missed")]
    assert [record.rung for record in engine.records("overtaken") if record.key == "sip_call/1/"] == [
        "owner",
        "backup",
        "manager",
    ]
    (alert,) = [alert for alert in engine.alerts(kind=AlertKind.MISSED) if alert.key == "sip_call/1/"]
    assert (alert.duty_status, alert.urgent, alert.fired_at) == (Status.MISSED, True, alert.release_at)


def test_nothing_fires_for_what_is_met_void_or_not_open() -> None:
    met = ready("2023-04-06 10:00").say(M.SIP_CALLED, "2023-04-09 12:59")
    assert Engine(met).run("2023-03-01 09:00", "2023-05-01 00:00").fired("sip_call") == []
    withdrawn = ready("2023-04-06 10:00").say(M.READY_WITHDRAWN, "2023-04-09 13:00")
    assert Engine(withdrawn).run("2023-03-01 09:00", "2023-05-01 00:00").fired("sip_call") == []
    needless = ready("2023-04-06 10:00").say(M.SIP_NEED, "2023-04-07 10:00", needed="no")
    assert Engine(needless).run("2023-03-01 09:00", "2023-05-01 00:00").fired("sip_call") == []


def test_a_care_contact_is_missed_at_the_discharge_not_at_the_expected_date() -> None:
    stay = noticed("2023-03-01 10:00", date(2023, 3, 10)).say(M.DISCHARGED, "2023-03-14 11:20")
    engine = Engine(stay).run("2023-03-01 09:00", "2023-03-20 00:00")
    assert engine.fired("care_contact") == [
        ("2023-03-09 13:00", "care_contact/0/", "owner"),
        ("2023-03-09 15:00", "care_contact/0/", "backup"),
        ("2023-03-09 16:00", "care_contact/0/", "manager"),
        ("2023-03-14 11:20", "care_contact/0/", "missed"),
    ]


def test_an_early_discharge_without_a_care_contact_overtakes_its_reminders() -> None:
    stay = noticed("2023-03-01 10:00", date(2023, 3, 10)).say(M.DISCHARGED, "2023-03-07 11:20")
    engine = Engine(stay).run("2023-03-01 09:00", "2023-03-20 00:00")
    assert engine.fired("care_contact") == [("2023-03-07 11:20", "care_contact/0/", "missed")]


def test_two_owners_are_both_told_and_so_are_their_backups() -> None:
    engine = Engine(noticed("2023-03-01 10:00"), People()).run("2023-03-01 09:00", "2023-03-02 00:00")
    told = [(alert.rung, alert.role, alert.recipient) for alert in engine.alerts() if alert.key == "planning_start/0/"]
    assert told[:4] == [
        ("owner", Role.OUTPATIENT_UNIT, "outpatient_unit"),
        ("owner", Role.MUNICIPAL_UNIT, "municipal_unit"),
        ("backup", Role.BACKUP, "backup of outpatient_unit"),
        ("backup", Role.BACKUP, "backup of municipal_unit"),
    ]


def test_one_who_stands_in_for_both_owners_is_told_once() -> None:
    engine = Engine(noticed("2023-03-01 10:00")).run("2023-03-01 09:00", "2023-03-02 00:00")
    told = [alert.rung for alert in engine.alerts() if alert.key == "planning_start/0/" and alert.recipient == "backup"]
    assert told == ["backup"]


class OneForBoth(People):
    """The care centre and the municipality are answered for by one contact."""

    def recipients(self, role: Role, owner: Role, episode: Episode, at: datetime) -> tuple[Recipient, ...]:
        return tuple(replace(found, id="anna") for found in super().recipients(role, owner, episode, at))


def test_one_who_owns_both_halves_is_told_once() -> None:
    engine = Engine(noticed("2023-03-01 10:00"), OneForBoth())
    engine.step("2023-03-01 10:00")
    (alert,) = [alert for alert in engine.alerts() if alert.key == "planning_start/0/"]
    assert (alert.recipient, alert.role) == ("anna", Role.OUTPATIENT_UNIT)


def test_a_rung_added_below_one_that_has_spoken_stays_silent() -> None:
    engine = Engine(ready("2023-03-10 10:00")).run("2023-03-10 10:00", "2023-03-13 15:00")
    shipped = engine.ladder.default
    added = replace(shipped[0], name="added")
    engine.ladder = Ladder((added, *shipped))
    engine.step("2023-03-13 15:10")
    (record,) = [record for record in engine.memory.rungs if (record.key, record.rung) == ("sip_call/1/", "added")]
    assert (record.outcome, record.reason) == ("overtaken", "a later rung has spoken already")


def test_rungs_count_staffed_or_elapsed_hours_before_or_after() -> None:
    duty = duties_at(ready("2023-03-10 10:00"), "2023-03-10 10:00")["sip_call/1/"]
    due = {
        (counted, hours): shown(
            Rung("r", Level.OWNER, Anchor.PRACTICAL_DUE, timedelta(hours=hours), counted).due_at(duty)
        )
        for counted in Counted
        for hours in (-10, 0, 2)
    }
    assert due == {
        (Counted.STAFFED, -10): "2023-03-10 16:00",
        (Counted.STAFFED, 0): "2023-03-13 17:00",
        (Counted.STAFFED, 2): "2023-03-14 10:00",
        (Counted.ELAPSED, -10): "2023-03-13 07:00",
        (Counted.ELAPSED, 0): "2023-03-13 17:00",
        (Counted.ELAPSED, 2): "2023-03-13 19:00",
    }
    assert shown(Rung("r", Level.OWNER, Anchor.STRICT_DUE).due_at(duty)) == "2023-03-14 00:00"


def test_the_ward_counts_elapsed_hours() -> None:
    stay = admitted("2023-04-07 22:15", region="19", municipality="1980")
    engine = Engine(stay).run("2023-04-07 22:15", "2023-04-10 00:00")
    assert [when for when, _, _ in engine.fired("admission_notice")] == [
        "2023-04-08 18:15",
        "2023-04-08 20:15",
        "2023-04-08 21:15",
        "2023-04-08 22:15",
    ]


ABSENT = [
    # who is absent; what fired and when; which rungs nobody had
    ({Role.FIXED_CARE_CONTACT}, [("04-09 13:00", "backup"), ("04-09 16:00", "manager")], ["owner"]),
    ({Role.BACKUP}, [("04-09 13:00", "owner"), ("04-09 15:00", "manager")], ["backup"]),
    ({Role.FIXED_CARE_CONTACT, Role.BACKUP}, [("04-09 13:00", "manager")], ["owner", "backup"]),
]


@pytest.mark.parametrize(("absent", "fired", "unstaffed"), ABSENT)
def test_a_rung_nobody_holds_goes_to_the_next_at_once(
    absent: set[Role], fired: list[tuple[str, str]], unstaffed: list[str]
) -> None:
    engine = Engine(ready("2023-04-06 10:00"), People(absent=frozenset(absent)))
    engine.run("2023-04-06 10:00", "2023-04-09 23:59")
    assert [(when[5:], rung) for when, _, rung in engine.fired("sip_call")] == fired
    assert [record.rung for record in engine.records("unstaffed") if record.key == "sip_call/1/"] == unstaffed
    assert engine.alerts(kind=AlertKind.OPERATOR) == []


def test_nobody_at_all_is_an_alarm_to_the_operator() -> None:
    engine = Engine(ready("2023-04-06 10:00"), People(absent=EVERYONE_BUT_OPERATOR))
    engine.run("2023-04-06 10:00", "2023-05-01 00:00")
    assert engine.fired("sip_call") == []
    (alarm,) = [alert for alert in engine.alerts(kind=AlertKind.OPERATOR) if alert.key == "sip_call/1/"]
    assert (alarm.role, alarm.recipient, alarm.channel, alarm.urgent) == (
        Role.OPERATOR,
        "operator",
        "sms:operator",
        True,
    )
    assert shown(alarm.fired_at) == "2023-04-09 13:00"


def test_an_operator_that_is_not_configured_is_a_row_on_no_channel() -> None:
    engine = Engine(ready("2023-04-06 10:00"), People(absent=frozenset(Role)), sends=False)
    engine.run("2023-04-06 10:00", "2023-05-01 00:00")
    (alarm,) = [alert for alert in engine.alerts(kind=AlertKind.OPERATOR) if alert.key == "sip_call/1/"]
    assert (alarm.recipient, alarm.channel, alarm.state) == ("operator", "", AlertState.PENDING)


STALE = [
    # first look, and what becomes of the rungs of a call missed 2023-04-10 00:00
    ("2023-05-10 00:00:00", "fired"),
    ("2023-05-10 00:00:01", "stale"),
    ("2026-01-01 00:00:00", "stale"),
]


@pytest.mark.parametrize(("first_look", "outcome"), STALE)
def test_misses_older_than_30_days_at_the_first_look_are_history(first_look: str, outcome: str) -> None:
    engine = Engine(ready("2023-04-06 10:00"))
    engine.step(first_look)
    assert {record.rung: record.outcome for record in engine.memory.rungs if record.key == "sip_call/1/"} == {
        rung: outcome if outcome == "stale" or rung == "missed" else "overtaken"
        for rung in ("owner", "backup", "manager", "missed")
    }
    assert [alert.rung for alert in engine.alerts() if alert.key == "sip_call/1/"] == ["missed"] * (outcome == "fired")


def test_what_was_known_before_a_long_outage_is_told_all_the_same() -> None:
    engine = Engine(ready("2023-04-06 10:00"))
    engine.step("2023-04-06 10:00")
    engine.step("2023-06-01 10:00")
    assert engine.fired("sip_call") == [("2023-06-01 10:00", "sip_call/1/", "missed")]


def test_a_care_contact_expected_long_ago_is_history_until_the_discharge() -> None:
    stay = noticed("2022-03-01 10:00", date(2022, 3, 10))
    engine = Engine(stay)
    engine.step("2023-03-01 10:00")
    assert engine.fired("care_contact") == []
    engine.stay = stay.say(M.DISCHARGED, "2023-03-02 10:00")
    engine.step("2023-03-02 10:00")
    assert engine.fired("care_contact") == [("2023-03-02 10:00", "care_contact/0/", "missed")]
