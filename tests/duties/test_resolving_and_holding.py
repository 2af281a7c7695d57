"""What told people hear when a duty is over, and what is held, released or dropped (specification 3.2)."""

from dataclasses import replace
from datetime import date, time

import pytest

from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from hemgang.duties.decide import next_digest
from hemgang.duties.escalation import Ladder
from hemgang.duties.escalation_config import shipped_ladder
from hemgang.duties.model import Alert, AlertKind, AlertState, Role, Status
from hemgang.duties.roster import Recipient
from hemgang.errors import ConfigurationError
from hemgang.messages.model import MessageType as M
from tests.duties.stays import Engine, People, Stay, admitted, at, noticed, shown

CALL = "sip_call/1/"
QUIET = Ladder(tuple(replace(rung, urgent=False) for rung in shipped_ladder().default))
WEEKDAYS_ONLY = StaffingRule(time(8), time(17), third_day=False)


def ready() -> Stay:
    """Ready Fri 10 March 2023: the call is due Mon 24:00, rungs Mon 13, 15 and 16 o'clock."""
    return (
        noticed("2023-03-01 10:00").say(M.PLANNING_STARTED, "2023-03-01 11:00").say(M.READY_NOTICE, "2023-03-10 10:00")
    )


def of_call(engine: Engine, kind: AlertKind) -> list[Alert]:
    return [alert for alert in engine.alerts(kind=kind) if alert.key == CALL]


DIGESTS = [
    (STANDARD, "2023-03-13 07:44:59", "2023-03-13 07:45"),
    (STANDARD, "2023-03-13 07:45:00", "2023-03-13 12:45"),
    (STANDARD, "2023-03-13 12:45:00", "2023-03-14 07:45"),
    (STANDARD, "2023-03-10 13:00:00", "2023-03-13 07:45"),
    (STANDARD, "2023-04-06 16:00:00", "2023-04-09 07:45"),
    (WEEKDAYS_ONLY, "2023-04-06 16:00:00", "2023-04-11 07:45"),
    (ALWAYS, "2023-04-06 16:00:00", "2023-04-07 07:45"),
    (ALWAYS, "2026-03-28 13:00:00", "2026-03-29 07:45"),
    (ALWAYS, "2026-10-24 13:00:00", "2026-10-25 07:45"),
]


@pytest.mark.parametrize(("hours", "now", "slot"), DIGESTS)
def test_next_digest_is_strictly_later_and_on_a_staffed_day(hours: StaffingRule, now: str, slot: str) -> None:
    assert shown(next_digest(People(), Recipient("r", hours, "c", "c"), at(now))) == slot


def test_a_roster_without_digests_is_an_error_not_an_endless_search() -> None:
    with pytest.raises(ConfigurationError, match="r has no digest within a year"):
        next_digest(People(digests=()), Recipient("r", STANDARD, "c", "c"), at("2023-03-13 08:00"))


def test_who_was_told_is_told_that_it_is_met_and_nobody_else() -> None:
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 15:30"), People())
    engine.run("2023-03-10 10:00", "2023-03-13 15:30")
    notes = of_call(engine, AlertKind.RESOLVED)
    assert [(note.recipient, note.state, shown(note.release_at)) for note in notes] == [
        ("fixed_care_contact", AlertState.HELD, "2023-03-14 07:45"),
        ("backup of fixed_care_contact", AlertState.HELD, "2023-03-14 07:45"),
    ]
    assert {(note.rung, note.urgent, note.duty_status, note.revision) for note in notes} == {
        ("resolved", False, Status.MET, 1)
    }
    assert [note.channel for note in notes] == ["mail:fixed_care_contact", "mail:backup of fixed_care_contact"]
    assert {alert.state for alert in of_call(engine, AlertKind.REMINDER)} == {AlertState.DELIVERED}
    engine.run("2023-03-13 15:30", "2023-03-14 07:44:59")
    assert {note.state for note in of_call(engine, AlertKind.RESOLVED)} == {AlertState.HELD}
    engine.sends = False
    engine.run("2023-03-14 07:44:59", "2023-03-14 07:45")
    assert {note.state for note in of_call(engine, AlertKind.RESOLVED)} == {AlertState.PENDING}


@pytest.mark.parametrize(
    ("end", "status"), [(M.SIP_CALLED, Status.MET_LATE), (M.CANCELLED, Status.VOID), (M.READY_WITHDRAWN, None)]
)
def test_a_late_end_reaches_everyone_who_was_told_of_the_miss(end: M, status: Status | None) -> None:
    engine = Engine(ready().say(end, "2023-03-14 09:00"), People()).run("2023-03-10 10:00", "2023-03-14 09:00")
    told = {alert.recipient for alert in of_call(engine, AlertKind.MISSED)}
    assert told == {"manager of fixed_care_contact"}
    notes = of_call(engine, AlertKind.RESOLVED)
    assert [note.recipient for note in notes].count("manager of fixed_care_contact") == (status is not None)
    assert {note.duty_status for note in notes} == ({status} if status else set())


def test_what_is_not_sent_is_dropped_with_the_reason() -> None:
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 13:30"), sends=False)
    engine.run("2023-03-10 10:00", "2023-03-13 13:30")
    (reminder,) = of_call(engine, AlertKind.REMINDER)
    assert (reminder.state, reminder.reason) == (AlertState.DROPPED, "the duty is met")
    assert of_call(engine, AlertKind.RESOLVED) == [], "nobody had been told"


def test_what_may_be_on_its_way_is_dropped_and_its_recipient_told() -> None:
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 13:30"), sends=False)
    engine.run("2023-03-10 10:00", "2023-03-13 13:00")
    begun = tuple(replace(alert, bundled=True) for alert in engine.memory.alerts)
    engine.memory = replace(engine.memory, alerts=begun)
    engine.run("2023-03-13 13:00", "2023-03-13 13:30")
    (reminder,) = of_call(engine, AlertKind.REMINDER)
    assert reminder.state is AlertState.DROPPED
    assert len(of_call(engine, AlertKind.RESOLVED)) == 1


def test_a_held_reminder_is_dropped_and_its_recipient_never_hears_of_it() -> None:
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 13:30"), ladder=QUIET)
    engine.run("2023-03-10 10:00", "2023-03-13 13:00")
    (reminder,) = of_call(engine, AlertKind.REMINDER)
    assert (reminder.state, shown(reminder.release_at)) == (AlertState.HELD, "2023-03-14 07:45")
    engine.run("2023-03-13 13:00", "2023-03-20 00:00")
    (reminder,) = of_call(engine, AlertKind.REMINDER)
    assert (reminder.state, reminder.reason) == (AlertState.DROPPED, "the duty is met")
    assert of_call(engine, AlertKind.RESOLVED) == []


def test_a_held_reminder_whose_digest_comes_after_an_outage_is_dropped_if_met() -> None:
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 13:30"), ladder=QUIET)
    engine.run("2023-03-10 10:00", "2023-03-13 13:00")
    engine.step("2023-03-14 08:00")
    assert [alert.state for alert in engine.memory.alerts if alert.key == CALL] == [AlertState.DROPPED]


def test_a_held_reminder_is_read_again_at_its_release() -> None:
    engine = Engine(ready(), ladder=QUIET).run("2023-03-10 10:00", "2023-03-14 07:44:59")
    assert {alert.state for alert in engine.memory.alerts if alert.key == CALL} == {AlertState.HELD}
    engine.sends = False
    engine.step("2023-03-14 07:45")
    told = [alert for alert in engine.memory.alerts if alert.key == CALL]
    assert {(alert.state, alert.kind, alert.duty_status) for alert in told} == {
        (AlertState.PENDING, AlertKind.MISSED, Status.MISSED)
    }, "the reminder of 13:00 would no longer be true"


def test_a_note_that_is_false_at_its_release_is_dropped() -> None:
    stay = ready().say(M.SIP_CALLED, "2023-03-13 13:30")
    call = stay.messages[-1].id
    engine = Engine(stay.say(M.RETRACTED, "2023-03-13 18:00", message=call))
    engine.run("2023-03-10 10:00", "2023-03-13 18:00")
    (again,) = [each for each in engine.steps[-1][1].revisions if each.duty.key == CALL]
    assert (again.revision, again.reason) == (2, "open again, met before")
    assert engine.fired("sip_call")[-1] == ("2023-03-13 18:00", CALL, "manager"), "the ladder goes on"
    engine.run("2023-03-13 18:00", "2023-03-14 07:45")
    (note,) = of_call(engine, AlertKind.RESOLVED)
    assert (note.state, note.reason, note.revision) == (AlertState.DROPPED, "the duty is open again", 1)


def test_a_released_note_that_turns_false_before_it_is_sent_is_dropped() -> None:
    stay = ready().say(M.SIP_CALLED, "2023-03-13 13:30")
    call = stay.messages[-1].id
    engine = Engine(stay.say(M.RETRACTED, "2023-03-14 08:00", message=call))
    engine.run("2023-03-10 10:00", "2023-03-13 13:30")
    engine.sends = False
    engine.run("2023-03-13 13:30", "2023-03-14 07:45")
    assert [note.state for note in of_call(engine, AlertKind.RESOLVED)] == [AlertState.PENDING]
    engine.run("2023-03-14 07:45", "2023-03-14 08:00")
    assert [note.state for note in of_call(engine, AlertKind.RESOLVED)] == [AlertState.DROPPED]


def test_a_moved_due_is_a_revision_with_its_own_ladder_and_the_told_are_told() -> None:
    stay = noticed("2023-03-01 10:00", date(2023, 3, 10))
    stay = stay.say(M.EXPECTED_DISCHARGE_CHANGED, "2023-03-09 14:00", expected_discharge=date(2023, 3, 16))
    engine = Engine(stay).run("2023-03-01 10:00", "2023-03-09 14:00")
    (moved,) = [each for each in engine.steps[-1][1].revisions if each.duty.key == "care_contact/0/"]
    assert moved.revision == 2
    assert moved.reason == "due moved from Fri 2023-03-10 00:00 to Thu 2023-03-16 00:00"
    (note,) = [alert for alert in engine.alerts(kind=AlertKind.RESOLVED) if alert.key == "care_contact/0/"]
    assert (note.revision, note.recipient, note.duty_status) == (1, "outpatient_unit", Status.OPEN)
    engine.run("2023-03-09 14:00", "2023-03-16 12:00")
    assert engine.fired("care_contact") == [
        ("2023-03-09 13:00", "care_contact/0/", "owner"),
        ("2023-03-15 13:00", "care_contact/0/", "owner"),
        ("2023-03-15 15:00", "care_contact/0/", "backup"),
        ("2023-03-15 16:00", "care_contact/0/", "manager"),
    ]
    (note,) = [alert for alert in engine.alerts(kind=AlertKind.RESOLVED) if alert.key == "care_contact/0/"]
    assert note.state is AlertState.DELIVERED, "still true at its release: it moved"


def test_of_two_notes_about_one_duty_to_one_recipient_only_the_later_is_sent() -> None:
    stay = noticed("2023-03-01 10:00", date(2023, 3, 10))
    stay = stay.say(M.EXPECTED_DISCHARGE_CHANGED, "2023-03-09 13:10", expected_discharge=date(2023, 3, 9))
    stay = stay.say(M.CARE_CONTACT_ASSIGNED, "2023-03-09 13:20", contact="c")
    owner_only = Ladder(shipped_ladder().default[:1])
    engine = Engine(stay, ladder=owner_only).run("2023-03-01 10:00", "2023-03-09 13:20")
    notes = [alert for alert in engine.alerts(kind=AlertKind.RESOLVED) if alert.key == "care_contact/0/"]
    assert [(note.revision, note.state, note.duty_status) for note in notes] == [
        (1, AlertState.HELD, Status.OPEN),
        (2, AlertState.HELD, Status.MET),
    ]
    engine.run("2023-03-09 13:20", "2023-03-10 07:45")
    notes = [alert for alert in engine.alerts(kind=AlertKind.RESOLVED) if alert.key == "care_contact/0/"]
    assert [(note.state, note.reason) for note in notes] == [
        (AlertState.DROPPED, "a later note says it"),
        (AlertState.DELIVERED, ""),
    ]


def test_a_duty_that_is_gone_is_withdrawn_and_comes_back_as_a_new_revision() -> None:
    stay = ready().say(M.SIP_NEED, "2023-03-13 13:30", needed="no").say(M.SIP_NEED, "2023-03-13 14:30", needed="yes")
    engine = Engine(stay).run("2023-03-10 10:00", "2023-03-13 13:30")
    assert engine.steps[-1][1].withdrawn_keys == (CALL,)
    (note,) = of_call(engine, AlertKind.RESOLVED)
    assert (note.recipient, note.duty_status, note.state) == ("fixed_care_contact", Status.VOID, AlertState.HELD)
    assert engine.step("2023-03-13 13:45").withdrawn_keys == ()
    engine.run("2023-03-13 13:45", "2023-03-13 14:30")
    (again,) = [each for each in engine.steps[-1][1].revisions if each.duty.key == CALL]
    assert (again.revision, again.reason) == (2, "exists again")
    assert engine.fired("sip_call") == [("2023-03-13 13:00", CALL, "owner"), ("2023-03-13 14:30", CALL, "owner")]


def test_an_undone_discharge_opens_its_duties_again() -> None:
    stay = noticed("2023-03-01 10:00", date(2023, 3, 20)).say(M.DISCHARGED, "2023-03-07 10:00")
    stay = stay.say(M.DISCHARGE_CANCELLED, "2023-03-07 11:00").say(M.DISCHARGED, "2023-03-08 10:00")
    engine = Engine(stay).run("2023-03-01 10:00", "2023-03-08 12:00")
    assert engine.fired("care_contact") == [
        ("2023-03-07 10:00", "care_contact/0/", "missed"),
        ("2023-03-08 10:00", "care_contact/0/", "missed"),
    ]
    reasons = [each.reason for _, done in engine.steps for each in done.revisions if each.duty.key == "care_contact/0/"]
    assert reasons == ["opened", "open before, missed now", "open again, missed before", "open before, missed now"]


def test_a_recipient_who_left_the_roster_is_still_told() -> None:
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 13:30"), People()).run("2023-03-10 10:00", "2023-03-13 13:00")
    engine.roster = People(absent=frozenset({Role.FIXED_CARE_CONTACT}))
    engine.run("2023-03-13 13:00", "2023-03-13 13:30")
    (note,) = of_call(engine, AlertKind.RESOLVED)
    assert (note.recipient, note.channel) == ("fixed_care_contact", "sms:fixed_care_contact")
    assert shown(note.release_at) == "2023-03-14 07:45"


def test_a_ward_that_left_the_roster_is_told_on_any_day() -> None:
    stay = admitted("2023-03-10 10:00").say(M.ADMISSION_NOTICE, "2023-03-11 09:00")
    engine = Engine(stay, People()).run("2023-03-10 10:00", "2023-03-11 08:00")
    engine.roster = People(absent=frozenset({Role.WARD}))
    engine.run("2023-03-11 08:00", "2023-03-11 09:00")
    notes = {note.recipient: shown(note.release_at) for note in engine.alerts(kind=AlertKind.RESOLVED)}
    assert notes["ward"] == "2023-03-11 12:45", "a Saturday"


def test_an_alarm_to_the_operator_stays_when_the_duty_is_met() -> None:
    people = People(absent=frozenset({Role.FIXED_CARE_CONTACT, Role.BACKUP, Role.MANAGER}))
    engine = Engine(ready().say(M.SIP_CALLED, "2023-03-13 13:30"), people, sends=False)
    engine.run("2023-03-10 10:00", "2023-03-14 12:00")
    assert [alert.state for alert in of_call(engine, AlertKind.OPERATOR)] == [AlertState.PENDING]
    assert of_call(engine, AlertKind.RESOLVED) == []
