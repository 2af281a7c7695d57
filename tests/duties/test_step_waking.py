"""When a step wants to be taken again, and that taking it twice decides nothing (specification 3.2)."""

from datetime import date, datetime, time

from calendars.staffing import StaffingRule
from calendars.timezone import local_date
from hemgang.duties.decide import decide
from hemgang.duties.model import Memory, Role, Step
from hemgang.episode.model import Episode
from hemgang.messages.model import MessageType as M
from tests.duties.stays import Engine, People, Stay, at, noticed, shown


def wakes(engine: Engine, start: str, until: str) -> list[str]:
    engine.run(start, until)
    return [shown(done.next_wake) for _, done in engine.steps]


def test_wakes_are_rungs_misses_digests_and_nothing_else() -> None:
    stay = noticed("2023-03-01 10:00").say(M.PLANNING_STARTED, "2023-03-01 13:30")
    assert wakes(Engine(stay), "2023-03-01 10:00", "2023-03-03 00:00") == [
        "2023-03-01 12:00",
        "2023-03-01 13:00",
        "2023-03-01 14:00",
        "2023-03-02 07:45",
        "none",
    ]


def test_an_unopened_stay_never_wakes() -> None:
    assert Engine(Stay()).step("2023-03-01 10:00").next_wake is None


def test_a_message_dated_ahead_is_waited_for() -> None:
    stay = noticed("2023-03-01 10:00").say(M.PLANNING_STARTED, "2023-03-01 10:05")
    stay = stay.say(M.CARE_CONTACT_ASSIGNED, "2023-03-01 10:05", contact="c")
    stay = stay.say(M.READY_NOTICE, "2023-03-02 09:00", received="2023-03-01 10:10")
    engine = Engine(stay)
    assert shown(engine.step("2023-03-01 10:10").next_wake) == "2023-03-02 09:00"
    assert not [each for each in engine.memory.duties if each.key.startswith("sip_call")]
    engine.step("2023-03-02 09:00")
    assert [each for each in engine.memory.duties if each.key.startswith("sip_call")]


class MovedUnit(People):
    """The municipal unit is closed in the afternoon from 9 March on, as when another payer takes over."""

    def hours_of(self, owner: Role, episode: Episode, at: datetime) -> StaffingRule | None:
        if owner is Role.MUNICIPAL_UNIT and local_date(at) >= date(2023, 3, 9):
            return StaffingRule(time(8), time(12), third_day=True)
        return super().hours_of(owner, episode, at)


def test_other_hours_move_the_practical_due_of_what_is_open_and_leave_alone_what_is_over() -> None:
    stay = (
        noticed("2023-03-01 10:00").say(M.READY_NOTICE, "2023-03-06 10:00").say(M.READY_WITHDRAWN, "2023-03-07 10:00")
    )
    stay = stay.say(M.READY_NOTICE, "2023-03-08 10:00")
    engine = Engine(stay, MovedUnit())
    engine.step("2023-03-08 10:00")
    decided = engine.step("2023-03-09 00:00")
    moved = {each.duty.key: (each.revision, each.reason) for each in decided.revisions}
    target = "discharge_target/2/condition-1"
    assert moved[target] == (2, "practical due moved from Thu 2023-03-09 17:00 to Thu 2023-03-09 12:00")
    assert not [key for key in moved if "/1/" in key]


def test_a_new_payer_is_waited_for() -> None:
    stay = noticed("2023-03-01 10:00").say(M.PLANNING_STARTED, "2023-03-01 10:00")
    stay = stay.say(M.PAYER_CHANGED, "2023-03-03 09:00", received="2023-03-02 10:00", municipality="2309")
    assert shown(Engine(stay).step("2023-03-02 10:00").next_wake) == "2023-03-03 00:00"


def test_an_acknowledgement_is_waited_out() -> None:
    stay = noticed("2023-03-01 10:00").say(M.CARE_CONTACT_ASSIGNED, "2023-03-01 10:00", contact="c")
    engine = Engine(stay)
    engine.step("2023-03-01 10:00")
    engine.acknowledge("planning_start/0/", "2023-03-01 10:05")
    assert shown(engine.step("2023-03-01 10:05").next_wake) == "2023-03-01 14:00", "the miss itself is stored"
    assert shown(engine.step("2023-03-01 14:00").next_wake) == "2023-03-02 09:05"
    assert engine.fired() == [("2023-03-01 10:00", "planning_start/0/", "owner")]
    engine.step("2023-03-02 09:05")
    assert engine.fired()[1:] == [("2023-03-02 09:05", "planning_start/0/", "missed")]


def test_a_step_taken_twice_decides_nothing() -> None:
    stay = noticed("2023-03-01 10:00", date(2023, 3, 8)).say(M.READY_NOTICE, "2023-03-02 10:00")
    stay = stay.say(M.SIP_NEED, "2023-03-03 10:00", needed="no").say(M.DISCHARGED, "2023-03-06 10:00")
    engine = Engine(stay, sends=False)
    for when in ("2023-03-01 10:00", "2023-03-02 12:00", "2023-03-03 16:00", "2023-03-06 10:00", "2023-03-07 08:00"):
        first, memory = engine.step(when), engine.memory
        assert first != Step((), (), (), (), first.next_wake)
        assert engine.step(when) == Step((), (), (), (), first.next_wake)
        assert engine.memory == memory


def test_a_step_is_a_function_of_its_arguments() -> None:
    engine = Engine(noticed("2023-03-01 10:00"))
    engine.step("2023-03-01 16:00")
    now = at("2023-03-01 16:00")
    duties = tuple(each.duty for each in engine.steps[0][1].revisions)
    again = decide(engine.stay.episode(now), duties, Memory(), engine.roster, engine.ladder, now)
    assert again == engine.steps[0][1]
