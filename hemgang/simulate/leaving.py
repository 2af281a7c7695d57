"""The ready notices of a stay, what becomes of them, and the discharge (specification 1.3)."""

from datetime import date, datetime, timedelta
from math import log

from calendars.sweden import is_working_day
from hemgang.messages.model import MessageType as M
from hemgang.simulate import habits
from hemgang.simulate.draws import pick
from hemgang.simulate.moments import NOON, day_of, instant, minute_of, working_day
from hemgang.simulate.story import Story

FRIDAY = 4


def leave(story: Story) -> None:
    """Tell the ready notices and the discharge; sets `story.notices` and `story.ends_at`."""
    ready_on = _notify(story, _first_ready_day(story))
    for _ in range(_MOST_TURNS):
        turn = story.chance.random()
        if turn < story.ways.withdrawn:
            ready_on = _withdraw(story)
        elif turn < story.ways.withdrawn + story.ways.moved:
            ready_on = _move(story, ready_on)
        else:
            break
    if story.chance.random() < habits.REPEATED:
        _repeat(story, ready_on)
    _discharge(story, clock_day=max(ready_on, day_of(story.notices[-1])))
    _inform(story)
    _confirm_outpatient_care(story)


def _first_ready_day(story: Story) -> date:
    """Return the day of the first ready notice: two days to six weeks after admission, seldom on a day off."""
    median = _MEDIAN_DAYS_PSYCHIATRIC if story.psychiatric else _MEDIAN_DAYS_SOMATIC
    days = story.chance.lognormvariate(log(median), 0.6)
    admitted = day_of(story.admitted_at)
    day = admitted + timedelta(days=min(_LONGEST_STAY, max(2, round(days))))
    if is_working_day(day) or story.chance.random() < habits.READY_ON_DAY_OFF:
        return day
    before = working_day(day, -1)
    if before > admitted and story.chance.random() < _RATHER_BEFORE:
        return before
    return working_day(day, 1)


def _notify(story: Story, day: date) -> date:
    """Send a ready notice on a day, after the round or in the afternoon; return the date on which it says ready."""
    chance = story.chance
    afternoon = habits.AFTER_TWELVE_FRIDAY if day.weekday() == FRIDAY else habits.AFTER_TWELVE
    if chance.random() < afternoon:
        minute = chance.triangular(NOON + 1, 17.2 * 60, 14 * 60)
    else:
        minute = chance.triangular(8.5 * 60, NOON, 10.5 * 60)
    ready_on = day + timedelta(days=1) if chance.random() < habits.ANNOUNCED else day
    told = {} if ready_on == day else {"ready_on": ready_on.isoformat()}
    _send_notice(story, instant(day, minute), told)
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


def _send_notice(story: Story, at: datetime, told: dict[str, str]) -> None:
    story.notices.append(story.hospital_says(M.READY_NOTICE, at, **told, to=story.receivers).at)


def _discharge(story: Story, *, clock_day: date) -> None:
    """Discharge the patient: day 0 or 1 as the payer manages, else later; mostly by day and on working days."""
    chance = story.chance
    notice = story.notices[-1]
    days = _ready_days(story)
    if days == 0 and clock_day == day_of(notice) and minute_of(notice) > _TOO_LATE_TODAY:
        days = 1
    day = clock_day + timedelta(days=days)
    if not is_working_day(day) and chance.random() >= habits.HOME_ON_DAY_OFF:
        day = working_day(day, 1)
    minute = chance.triangular(9 * 60, 17 * 60, 13 * 60)
    if chance.random() < habits.OUTSIDE_HOURS:
        minute = chance.uniform(17.2 * 60, 20.5 * 60)
    story.ends_at = max(instant(day, minute), notice + timedelta(minutes=chance.uniform(50, 110)))
    told = {"to": chance.choice(("home", "home", "home", "short-term"))}
    story.ends_at = story.hospital_says(M.DISCHARGED, story.ends_at, **told, **discharge_status(story)).at


def discharge_status(story: Story) -> dict[str, str]:
    """Return the status that a discharge carries, in the counties whose system has one."""
    status = pick(story.chance, story.ways.statuses) if story.ways.statuses else None
    return {} if status is None else {"status": status}


def _ready_days(story: Story) -> int:
    """Return the ready days that the payer needs, before days off come between."""
    chance = story.chance
    quick = story.area.quick * (_PSYCHIATRIC_QUICK if story.psychiatric else 1)
    if chance.random() < quick:
        return 0 if chance.random() < story.area.at_once else 1
    if chance.random() < story.ways.long_stayer:
        return chance.randint(*_VERY_LONG) if chance.random() < habits.VERY_LONG else chance.randint(8, 20)
    days = 2
    while days < _LAST_STEP and chance.random() >= story.ways.step_later:
        days += 1
    return days


def _inform(story: Story) -> None:
    """Hand over the information at the discharge: the same day, late, or never."""
    chance = story.chance
    turn = chance.random()
    at = story.ends_at + timedelta(minutes=chance.triangular(-90, 150, -20))
    day = day_of(story.ends_at)
    if turn < habits.INFORMATION_NEVER:
        return
    if turn < habits.INFORMATION_NEVER + habits.INFORMATION_LATE:
        at = instant(day + timedelta(days=chance.randint(1, 3)), chance.uniform(8 * 60, 15 * 60))
    elif turn < habits.INFORMATION_NEVER + habits.INFORMATION_LATE + habits.INFORMATION_EVENING:
        at = max(at, instant(day, chance.uniform(20 * 60, 23.5 * 60)))
    story.hospital_says(M.DISCHARGE_INFORMATION, at)


def _confirm_outpatient_care(story: Story) -> None:
    """Say that outpatient care can take over, between the last ready notice and the discharge."""
    available = pick(story.chance, habits.OUTPATIENT_CARE)
    if available is not None:
        span = story.ends_at - story.notices[-1]
        at = story.notices[-1] + span * story.chance.uniform(0.05, 0.9)
        story.say(M.OUTPATIENT_CARE, at, story.centre.id, available=available)


_MOST_TURNS = 2
_MEDIAN_DAYS_SOMATIC = 6
_MEDIAN_DAYS_PSYCHIATRIC = 12
_LONGEST_STAY = 40
_RATHER_BEFORE = 0.6
_TOO_LATE_TODAY = 15.5 * 60
_PSYCHIATRIC_QUICK = 0.85
_LAST_STEP = 12
_VERY_LONG = (100, 560)  # days, both included: up to a year and a half
