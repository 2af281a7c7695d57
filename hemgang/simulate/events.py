"""The events of a simulated stay: planning, the joint plan (SIP), ready notices, discharge, and rare turns.

Specification 1.2, 1.3 and 3.1; LUS 2 kap. 5 § and 4 kap. Deadlines are met early, in the last hours, late or never, by
the shares in `parameters`, so that a reminder has something to save and something to lose.
"""

from datetime import date, datetime, timedelta
from math import log

from calendars.holidays import is_working_day
from hemgang.messages.model import MessageType as M
from hemgang.simulate import parameters
from hemgang.simulate.county import County
from hemgang.simulate.story import (
    NOON,
    Story,
    day_of,
    instant,
    last_chance,
    minute_of,
    pick,
    staffed,
    staffed_after,
    staffed_before,
    weighted,
    working_day,
    written,
)

_CALL_WITHIN_DAYS = 3
_NEED_RECONSIDERED = 0.05
_SOON = 0.45
_AT_MEETING = 0.7

FRIDAY = 4

_MOST_TURNS = 2
_MEDIAN_DAYS_SOMATIC = 6
_MEDIAN_DAYS_PSYCHIATRIC = 12
_LONGEST_STAY = 40
_RATHER_BEFORE = 0.6
_TOO_LATE_TODAY = 15.5 * 60
_PSYCHIATRIC_QUICK = 0.85
_LAST_STEP = 12
_VERY_LONG = (100, 560)  # days, both included: up to a year and a half

_RESPONSE_HOURS = 4
_BOTH_START = 0.7


def add_rare_events(story: Story, county: County) -> None:
    """Add the rare turns of a stay whose end is known."""
    chance = story.chance
    if story.compulsory:
        _establish_care_plan(story)
    if chance.random() < (parameters.LEAVE_PSYCHIATRIC if story.psychiatric else parameters.LEAVE_SOMATIC):
        _go_on_leave(story)
    if chance.random() < parameters.PAYER_CHANGED:
        _change_payer(story, county)
    if chance.random() < parameters.TRANSFERRED:
        _transfer(story, county)
    turn = chance.random()
    if turn < parameters.DIES:
        _die(story)
    elif turn < parameters.DIES + parameters.CANCELLED:
        _cancel(story)
    elif turn < parameters.DIES + parameters.CANCELLED + parameters.DISCHARGE_CANCELLED:
        _take_back_discharge(story)


def add_joint_plan(story: Story) -> None:
    """Add who coordinates, whether a joint plan is needed, and what comes of it."""
    known = staffed(_first_informed(story))
    contact = _assign(story, known)
    needed = pick(story.chance, parameters.SIP_NEEDS)
    _state_need(story, known, needed)
    calls = {"yes": parameters.CALL_WHEN_NEEDED, None: parameters.CALL_WHEN_UNKNOWN}.get(needed, 0.0)
    if story.notices and story.chance.random() < calls:
        called = _called_at(story, known)
        by = {"by": contact[0]} if contact is not None and contact[1] <= called else {}
        story.say(M.SIP_CALLED, called, story.centre.id, **by)
        _meet(story, called)


def add_discharge(story: Story) -> None:
    """Add the ready notices and the discharge; sets `story.notices` and `story.ends_at`."""
    ready_on = _notify(story, _first_ready_day(story))
    for _ in range(_MOST_TURNS):
        turn = story.chance.random()
        if turn < story.parameters.withdrawn:
            ready_on = _withdraw(story)
        elif turn < story.parameters.withdrawn + story.parameters.moved:
            ready_on = _move(story, ready_on)
        else:
            break
    if story.chance.random() < parameters.REPEATED:
        _repeat(story, ready_on)
    _discharge(story, clock_day=max(ready_on, day_of(story.notices[-1])))
    _inform(story)
    _confirm_outpatient_care(story)


def discharge_status(story: Story) -> dict[str, str]:
    """Return the status that a discharge carries, in the counties whose system has one."""
    status = pick(story.chance, story.parameters.statuses) if story.parameters.statuses else None
    return {} if status is None else {"status": status}


def add_planning(story: Story) -> None:
    """Add the admission notice and all that follows from it, except the joint plan."""
    notice = _notify_of_planning(story)
    if notice is not None:
        _acknowledge(story, notice)
        _start(story, notice)
        _move_expected(story, notice)


def _establish_care_plan(story: Story) -> None:
    """Establish the coordinated care plan before the first ready notice, after it, or never."""
    when = pick(story.chance, parameters.CARE_PLAN)
    hours = story.chance.uniform(2, 60)
    first = story.notices[0]
    if when == "before":
        story.hospital_says(M.CARE_PLAN_ESTABLISHED, max(story.admitted_at, first - timedelta(hours=hours)))
    elif when == "after":
        story.hospital_says(M.CARE_PLAN_ESTABLISHED, first + timedelta(hours=hours))


def _go_on_leave(story: Story) -> None:
    """Let the patient go home for a night or two and come back before the discharge."""
    chance = story.chance
    days = (day_of(story.ends_at) - day_of(story.admitted_at)).days
    nights = chance.choice((1, 1, 2))
    if days < nights + 2:
        return
    first = day_of(story.admitted_at) + timedelta(days=chance.randint(1, days - nights - 1))
    story.hospital_says(M.LEAVE_STARTED, instant(first, chance.uniform(10 * 60, 15 * 60)))
    back = instant(first + timedelta(days=nights), chance.uniform(15 * 60, 20 * 60))
    story.hospital_says(M.LEAVE_ENDED, back)


def _change_payer(story: Story, county: County) -> None:
    at = _some_time(story, 0.1, 0.95)
    others = [area for area in county.areas_on(day_of(at)) if area is not story.area]
    if others:
        new = weighted(story.chance, others, [area.weight for area in others])
        fields = {"municipality": new.municipality} | ({"district": new.district} if new.district else {})
        story.hospital_says(M.PAYER_CHANGED, at, **fields)


def _transfer(story: Story, county: County) -> None:
    """Move the patient to another ward of the same kind of care, which from then on speaks for the hospital."""
    here = story.ward
    others = [ward for ward in county.wards if ward.care == here.care and ward is not here]
    if not others:
        return
    there = weighted(story.chance, others, [ward.weight for ward in others])
    at = story.hospital_says(M.TRANSFERRED, _some_time(story, 0.05, 0.8), clinic=there.id).at
    story.drafts[:] = [
        draft._replace(sender=there.id) if draft.sender == here.id and draft.at > at else draft
        for draft in story.drafts
    ]
    story.ward = there


def _die(story: Story) -> None:
    at = _some_time(story, 0.15, 0.98)
    story.keep(lambda draft: draft.at <= at)
    story.hospital_says(M.DIED, at + timedelta(seconds=1))


def _cancel(story: Story) -> None:
    """Take the whole admission back after some hours: it was made in error."""
    at = story.admitted_at + timedelta(hours=story.chance.uniform(1, 30))
    story.keep(lambda draft: draft.at <= at)
    story.hospital_says(M.CANCELLED, at + timedelta(seconds=1))


def _take_back_discharge(story: Story) -> None:
    """Undo the discharge within hours, and discharge the patient again the next day."""
    chance = story.chance
    story.hospital_says(M.DISCHARGE_CANCELLED, story.ends_at + timedelta(minutes=chance.uniform(20, 150)))
    again = instant(day_of(story.ends_at) + timedelta(days=1), chance.uniform(10 * 60, 16 * 60))
    story.hospital_says(M.DISCHARGED, again, to="home", **discharge_status(story))


def _some_time(story: Story, earliest: float, latest: float) -> datetime:
    span = story.ends_at - story.admitted_at
    return story.admitted_at + span * story.chance.uniform(earliest, latest)


def _first_informed(story: Story) -> datetime:
    """Return the instant from which the outpatient unit knows of the patient."""
    notices = [draft.at for draft in story.drafts if draft.type is M.ADMISSION_NOTICE]
    return min((*notices, *story.notices[:1]), default=story.admitted_at)


def _assign(story: Story, known: datetime) -> tuple[str, datetime] | None:
    """Name the fixed care contact, mostly before the discharge; return who and when, None if nobody was named."""
    chance = story.chance
    contact = chance.choice(story.centre.contacts)
    turn = chance.random()
    if turn < parameters.CONTACT_NEVER:
        return None
    at = staffed_after(known, chance.triangular(0.5, 18, 4))
    late = turn < parameters.CONTACT_NEVER + parameters.CONTACT_LATE
    if not late and at >= story.ends_at:
        at = staffed_before(story.ends_at, chance.uniform(0.2, 2))
    if late or at < story.admitted_at:
        at = staffed_after(story.ends_at, chance.uniform(0.5, 16))
    return contact, story.say(M.CARE_CONTACT_ASSIGNED, at, story.centre.id, contact=contact).at


def _state_need(story: Story, known: datetime, needed: str | None) -> None:
    """Say whether a joint plan is needed; now and then the other thing had been said before."""
    if needed is None:
        return
    chance = story.chance
    at = staffed_after(known, chance.uniform(1, 20))
    if at >= story.ends_at:
        at = max(story.admitted_at, story.ends_at - timedelta(hours=chance.uniform(0.5, 3)))
    sender = chance.choice((*story.receivers, story.ward.id))
    if chance.random() < _NEED_RECONSIDERED:
        earlier = staffed_after(known, 0.5)
        if earlier < at:
            story.say(M.SIP_NEED, earlier, sender, needed="no" if needed == "yes" else "yes")
    story.say(M.SIP_NEED, at, sender, needed=needed)


def _called_at(story: Story, known: datetime) -> datetime:
    """Return when the call goes out: before the ready notice, after it, in the last hours of its time, or late."""
    chance = story.chance
    notice = chance.choice(story.notices)
    turn = chance.random()
    early = staffed_after(known, chance.uniform(3, 25))
    if turn < parameters.CALL_BEFORE_NOTICE and early < story.notices[0]:
        return early
    due = last_chance(day_of(notice) + timedelta(days=_CALL_WITHIN_DAYS))
    turn = chance.random()
    if turn < parameters.CALL_LATE:
        return staffed_after(due, chance.uniform(0.5, 18))
    prompt = staffed_after(staffed(notice), chance.triangular(0.2, 16, 3))
    close = staffed_before(due, chance.uniform(0.1, 3))
    at = close if turn < parameters.CALL_LATE + parameters.CALL_CLOSE else min(prompt, close)
    return max(at, notice + timedelta(minutes=chance.uniform(5, 50)))


def _meet(story: Story, called: datetime) -> None:
    """Hold the meeting, in the hospital where there is time for it, and establish the plan there or later."""
    chance = story.chance
    if chance.random() >= parameters.SIP_HELD:
        return
    days = chance.choice((1, 2, 3)) if chance.random() < _SOON else round(chance.triangular(4, 40, 12))
    held = instant(working_day(day_of(called) + timedelta(days=days), 1), chance.uniform(9 * 60, 15 * 60))
    story.say(M.SIP_HELD, held, story.centre.id)
    if chance.random() < parameters.SIP_ESTABLISHED:
        later = timedelta(0) if chance.random() < _AT_MEETING else timedelta(days=chance.randint(1, 7))
        signed = instant(working_day(day_of(held + later), 1), chance.uniform(15 * 60, 16.8 * 60))
        story.say(M.SIP_ESTABLISHED, signed, story.centre.id)


def _first_ready_day(story: Story) -> date:
    """Return the day of the first ready notice: two days to six weeks after admission, seldom on a day off."""
    median = _MEDIAN_DAYS_PSYCHIATRIC if story.psychiatric else _MEDIAN_DAYS_SOMATIC
    days = story.chance.lognormvariate(log(median), 0.6)
    admitted = day_of(story.admitted_at)
    day = admitted + timedelta(days=min(_LONGEST_STAY, max(2, round(days))))
    if is_working_day(day) or story.chance.random() < parameters.READY_ON_DAY_OFF:
        return day
    before = working_day(day, -1)
    if before > admitted and story.chance.random() < _RATHER_BEFORE:
        return before
    return working_day(day, 1)


def _notify(story: Story, day: date) -> date:
    """Send a ready notice on a day, after the round or in the afternoon; return the date on which it says ready."""
    chance = story.chance
    afternoon = parameters.AFTER_TWELVE_FRIDAY if day.weekday() == FRIDAY else parameters.AFTER_TWELVE
    if chance.random() < afternoon:
        minute = chance.triangular(NOON + 1, 17.2 * 60, 14 * 60)
    else:
        minute = chance.triangular(8.5 * 60, NOON, 10.5 * 60)
    ready_on = day + timedelta(days=1) if chance.random() < parameters.ANNOUNCED else day
    fields = {} if ready_on == day else {"ready_on": ready_on.isoformat()}
    _send_notice(story, instant(day, minute), fields)
    return ready_on


def _withdraw(story: Story) -> date:
    """Withdraw the ready notice within two days, and send a new one one to five days later."""
    chance = story.chance
    notice = story.notices[-1]
    at = instant(day_of(notice) + timedelta(days=chance.choice((0, 1, 1, 2))), chance.uniform(8 * 60, 16.5 * 60))
    at = max(at, notice + timedelta(minutes=chance.uniform(40, 240)))
    reason = chance.choice(("worse", "assessed again", None))
    story.hospital_says(M.READY_WITHDRAWN, at, **({"reason": reason} if reason else {}))
    return _notify(story, day_of(at) + timedelta(days=chance.randint(1, 5)))


def _move(story: Story, ready_on: date) -> date:
    """Send a ready notice for a later date while the first still stands."""
    chance = story.chance
    day = day_of(story.notices[-1]) + timedelta(days=1)
    moved = max(day, ready_on) + timedelta(days=chance.randint(1, 3))
    _send_notice(story, instant(day, chance.uniform(9 * 60, 15 * 60)), {"ready_on": moved.isoformat()})
    return moved


def _repeat(story: Story, ready_on: date) -> None:
    """Send the same ready notice once more within the hour."""
    at = story.notices[-1] + timedelta(minutes=story.chance.uniform(5, 40))
    story.hospital_says(M.READY_NOTICE, at, ready_on=ready_on.isoformat(), to=story.receivers)


def _send_notice(story: Story, at: datetime, fields: dict[str, str]) -> None:
    story.notices.append(story.hospital_says(M.READY_NOTICE, at, **fields, to=story.receivers).at)


def _discharge(story: Story, *, clock_day: date) -> None:
    """Discharge the patient: day 0 or 1 as the payer manages, else later; mostly by day and on working days."""
    chance = story.chance
    notice = story.notices[-1]
    days = _ready_days(story)
    if days == 0 and clock_day == day_of(notice) and minute_of(notice) > _TOO_LATE_TODAY:
        days = 1
    day = clock_day + timedelta(days=days)
    if not is_working_day(day) and chance.random() >= parameters.HOME_ON_DAY_OFF:
        day = working_day(day, 1)
    minute = chance.triangular(9 * 60, 17 * 60, 13 * 60)
    if chance.random() < parameters.OUTSIDE_HOURS:
        minute = chance.uniform(17.2 * 60, 20.5 * 60)
    story.ends_at = max(instant(day, minute), notice + timedelta(minutes=chance.uniform(50, 110)))
    fields = {"to": chance.choice(("home", "home", "home", "short-term"))}
    story.ends_at = story.hospital_says(M.DISCHARGED, story.ends_at, **fields, **discharge_status(story)).at


def _ready_days(story: Story) -> int:
    """Return the ready days that the payer needs, before days off come between."""
    chance = story.chance
    quick = story.area.quick * (_PSYCHIATRIC_QUICK if story.psychiatric else 1)
    if chance.random() < quick:
        return 0 if chance.random() < story.area.at_once else 1
    if chance.random() < story.parameters.long_stayer:
        return chance.randint(*_VERY_LONG) if chance.random() < parameters.VERY_LONG else chance.randint(8, 20)
    days = 2
    while days < _LAST_STEP and chance.random() >= story.parameters.step_later:
        days += 1
    return days


def _inform(story: Story) -> None:
    """Hand over the information at the discharge: the same day, late, or never."""
    chance = story.chance
    turn = chance.random()
    at = story.ends_at + timedelta(minutes=chance.triangular(-90, 150, -20))
    day = day_of(story.ends_at)
    if turn < parameters.INFORMATION_NEVER:
        return
    if turn < parameters.INFORMATION_NEVER + parameters.INFORMATION_LATE:
        at = instant(day + timedelta(days=chance.randint(1, 3)), chance.uniform(8 * 60, 15 * 60))
    elif turn < parameters.INFORMATION_NEVER + parameters.INFORMATION_LATE + parameters.INFORMATION_EVENING:
        at = max(at, instant(day, chance.uniform(20 * 60, 23.5 * 60)))
    story.hospital_says(M.DISCHARGE_INFORMATION, at)


def _confirm_outpatient_care(story: Story) -> None:
    """Say that outpatient care can take over, between the last ready notice and the discharge."""
    available = pick(story.chance, parameters.OUTPATIENT_CARE)
    if available is not None:
        span = story.ends_at - story.notices[-1]
        at = story.notices[-1] + span * story.chance.uniform(0.05, 0.9)
        story.say(M.OUTPATIENT_CARE, at, story.centre.id, available=available)


def _notify_of_planning(story: Story) -> datetime | None:
    """Send the admission notice: mostly within a day, sometimes late, seldom never."""
    chance = story.chance
    hours = min(19.5, 0.3 + chance.expovariate(1 / 5))
    assessed: dict[str, object] = {}
    seen = story.admitted_at
    turn = chance.random()
    if turn < parameters.NOTICE_MISSING:
        return None
    if turn < parameters.NOTICE_MISSING + parameters.NOTICE_LATE:
        hours = chance.uniform(24.2, 50)
    elif turn < parameters.NOTICE_MISSING + parameters.NOTICE_LATE + parameters.NOTICE_CLOSE:
        hours = chance.uniform(20.1, 23.9)
    elif turn > 1 - parameters.NEED_SEEN_LATER:
        seen += timedelta(hours=int(chance.uniform(26, 40)))
        hours = min(hours, 6)
        assessed["assessed_at"] = written(seen)
    at = seen + timedelta(hours=hours)
    if at >= story.ends_at:
        return None
    expected = max(_expected(story), day_of(at))
    fields = {"expected_discharge": expected.isoformat(), "to": story.receivers, **assessed}
    return story.hospital_says(M.ADMISSION_NOTICE, at, **fields).at


def _expected(story: Story) -> date:
    """Return the first guess of the discharge date: the day of the ready notice, days off."""
    ready = day_of(story.notices[0]) if story.notices else day_of(story.ends_at)
    return ready + timedelta(days=round(story.chance.gauss(-0.3, 1.6)))


def _acknowledge(story: Story, notice: datetime) -> None:
    at = staffed_after(staffed(notice), story.chance.uniform(0.1, 3))
    if story.chance.random() < parameters.ACKNOWLEDGED and at < story.ends_at:
        story.say(M.ADMISSION_NOTICE_ACKNOWLEDGED, at, story.area.intake)


def _start(story: Story, notice: datetime) -> None:
    """Start the planning: due four staffed hours after the first open moment; the other unit follows."""
    at = _starts_at(story, notice)
    if at is None or at >= story.ends_at:
        return
    units = story.receivers
    story.chance.shuffle(units)
    story.say(M.PLANNING_STARTED, at, units[0])
    later = staffed_after(at, story.chance.uniform(0.1, 5))
    if story.chance.random() < _BOTH_START and later < story.ends_at:
        story.say(M.PLANNING_STARTED, later, units[1])


def _starts_at(story: Story, notice: datetime) -> datetime | None:
    chance = story.chance
    opens = staffed(notice)
    due = staffed_after(opens, _RESPONSE_HOURS)
    if not is_working_day(day_of(opens)) and chance.random() < parameters.PLANNING_LATE_AT_HOLIDAY:
        return instant(working_day(day_of(opens), 1), chance.uniform(8 * 60 + 10, 11 * 60))
    turn = chance.random()
    if turn < parameters.PLANNING_NEVER:
        return None
    turn -= parameters.PLANNING_NEVER
    if turn < parameters.PLANNING_LATE:
        return staffed_after(due, chance.uniform(0.2, 12))
    if turn < parameters.PLANNING_LATE + parameters.PLANNING_CLOSE:
        return staffed_before(due, chance.uniform(0.05, 3))
    return staffed_after(opens, chance.triangular(0.05, 1, 0.3))


def _move_expected(story: Story, notice: datetime) -> None:
    """Move the expected discharge now and then, in the end to about the day of the ready notice."""
    chance = story.chance
    ready = story.notices[0] if story.notices else story.ends_at
    moves = 0
    if chance.random() < story.parameters.expected_moved:
        moves = 2 if chance.random() < parameters.EXPECTED_MOVED_AGAIN else 1
    room = (day_of(ready) - day_of(notice)).days
    for number in range(min(moves, room)):
        day = day_of(notice) + timedelta(days=1 + number * room // (moves + 1))
        at = instant(day, chance.triangular(8.5 * 60, 16.5 * 60, 10 * 60))
        expected = max(day, day_of(ready) + timedelta(days=chance.choice((-1, 0, 0, 0, 1, 2))))
        if notice < at < story.ends_at:
            story.hospital_says(M.EXPECTED_DISCHARGE_CHANGED, at, expected_discharge=expected.isoformat())
