"""The planning of a stay, from the admission notice to the joint plan; told once it is known when the patient leaves.

Specification 1.2 and 3.1. Deadlines are met early, in the last hours, late or never, by the shares in `habits`, so that
a reminder has something to save and something to lose.
"""

from datetime import date, datetime, timedelta

from calendars.sweden import is_working_day
from hemgang.messages.model import MessageType as M
from hemgang.simulate import habits
from hemgang.simulate.draft import written
from hemgang.simulate.moments import (
    day_of,
    instant,
    staffed,
    staffed_after,
    staffed_before,
    working_day,
)
from hemgang.simulate.story import Story


def plan(story: Story) -> None:
    """Tell the admission notice and all that follows from it, except the joint plan."""
    notice = _notify(story)
    if notice is not None:
        _acknowledge(story, notice)
        _start(story, notice)
        _move_expected(story, notice)


def _notify(story: Story) -> datetime | None:
    """Send the admission notice: mostly within a day, sometimes late, seldom never."""
    chance = story.chance
    hours = min(19.5, 0.3 + chance.expovariate(1 / 5))
    told: dict[str, object] = {}
    seen = story.admitted_at
    turn = chance.random()
    if turn < habits.NOTICE_MISSING:
        return None
    if turn < habits.NOTICE_MISSING + habits.NOTICE_LATE:
        hours = chance.uniform(24.2, 50)
    elif turn < habits.NOTICE_MISSING + habits.NOTICE_LATE + habits.NOTICE_CLOSE:
        hours = chance.uniform(20.1, 23.9)
    elif turn > 1 - habits.NEED_SEEN_LATER:
        seen += timedelta(hours=int(chance.uniform(26, 40)))
        hours = min(hours, 6)
        told["assessed_at"] = written(seen)
    at = seen + timedelta(hours=hours)
    if at >= story.ends_at:
        return None
    expected = max(_expected(story), day_of(at))
    fields = {"expected_discharge": expected.isoformat(), "to": story.receivers, **told}
    return story.hospital_says(M.ADMISSION_NOTICE, at, **fields).at


def _expected(story: Story) -> date:
    """Return the first guess of the discharge date: the day of the ready notice, days off."""
    ready = day_of(story.notices[0]) if story.notices else day_of(story.ends_at)
    return ready + timedelta(days=round(story.chance.gauss(-0.3, 1.6)))


def _acknowledge(story: Story, notice: datetime) -> None:
    at = staffed_after(staffed(notice), story.chance.uniform(0.1, 3))
    if story.chance.random() < habits.ACKNOWLEDGED and at < story.ends_at:
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
    if not is_working_day(day_of(opens)) and chance.random() < habits.PLANNING_LATE_AT_HOLIDAY:
        return instant(working_day(day_of(opens), 1), chance.uniform(8 * 60 + 10, 11 * 60))
    turn = chance.random()
    if turn < habits.PLANNING_NEVER:
        return None
    turn -= habits.PLANNING_NEVER
    if turn < habits.PLANNING_LATE:
        return staffed_after(due, chance.uniform(0.2, 12))
    if turn < habits.PLANNING_LATE + habits.PLANNING_CLOSE:
        return staffed_before(due, chance.uniform(0.05, 3))
    return staffed_after(opens, chance.triangular(0.05, 1, 0.3))


def _move_expected(story: Story, notice: datetime) -> None:
    """Move the expected discharge now and then, in the end to about the day of the ready notice."""
    chance = story.chance
    ready = story.notices[0] if story.notices else story.ends_at
    moves = 0
    if chance.random() < story.ways.expected_moved:
        moves = 2 if chance.random() < habits.EXPECTED_MOVED_AGAIN else 1
    room = (day_of(ready) - day_of(notice)).days
    for number in range(min(moves, room)):
        day = day_of(notice) + timedelta(days=1 + number * room // (moves + 1))
        at = instant(day, chance.triangular(8.5 * 60, 16.5 * 60, 10 * 60))
        expected = max(day, day_of(ready) + timedelta(days=chance.choice((-1, 0, 0, 0, 1, 2))))
        if notice < at < story.ends_at:
            story.hospital_says(M.EXPECTED_DISCHARGE_CHANGED, at, expected_discharge=expected.isoformat())


_RESPONSE_HOURS = 4
_BOTH_START = 0.7
