"""The fixed care contact, the need of a joint plan (samordnad individuell plan, SIP), the call to it and the plan.

Specification 1.2 and 3.1; LUS 2 kap. 5 § and 4 kap. Told once it is known when the patient leaves.
"""

from datetime import datetime, timedelta

from hemgang.messages.model import MessageType as M
from hemgang.simulate import habits
from hemgang.simulate.draws import pick
from hemgang.simulate.moments import (
    day_of,
    instant,
    last_chance,
    staffed,
    staffed_after,
    staffed_before,
    working_day,
)
from hemgang.simulate.story import Story


def coordinate(story: Story) -> None:
    """Tell who coordinates, whether a joint plan is needed, and what comes of it."""
    known = staffed(_first_told(story))
    contact = _assign(story, known)
    needed = pick(story.chance, habits.SIP_NEEDS)
    _state_need(story, known, needed)
    calls = {"yes": habits.CALL_WHEN_NEEDED, None: habits.CALL_WHEN_UNKNOWN}.get(needed, 0.0)
    if story.notices and story.chance.random() < calls:
        called = _called_at(story, known)
        by = {"by": contact[0]} if contact is not None and contact[1] <= called else {}
        story.say(M.SIP_CALLED, called, story.centre.id, **by)
        _meet(story, called)


def _first_told(story: Story) -> datetime:
    """Return the instant from which the outpatient unit knows of the patient."""
    notices = [draft.at for draft in story.drafts if draft.type is M.ADMISSION_NOTICE]
    return min((*notices, *story.notices[:1]), default=story.admitted_at)


def _assign(story: Story, known: datetime) -> tuple[str, datetime] | None:
    """Name the fixed care contact, mostly before the discharge; return who and when, None if nobody was named."""
    chance = story.chance
    contact = chance.choice(story.centre.contacts)
    turn = chance.random()
    if turn < habits.CONTACT_NEVER:
        return None
    at = staffed_after(known, chance.triangular(0.5, 18, 4))
    late = turn < habits.CONTACT_NEVER + habits.CONTACT_LATE
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
    if turn < habits.CALL_BEFORE_NOTICE and early < story.notices[0]:
        return early
    due = last_chance(day_of(notice) + timedelta(days=_CALL_WITHIN_DAYS))
    turn = chance.random()
    if turn < habits.CALL_LATE:
        return staffed_after(due, chance.uniform(0.5, 18))
    prompt = staffed_after(staffed(notice), chance.triangular(0.2, 16, 3))
    close = staffed_before(due, chance.uniform(0.1, 3))
    at = close if turn < habits.CALL_LATE + habits.CALL_CLOSE else min(prompt, close)
    return max(at, notice + timedelta(minutes=chance.uniform(5, 50)))


def _meet(story: Story, called: datetime) -> None:
    """Hold the meeting, in the hospital where there is time for it, and establish the plan there or later."""
    chance = story.chance
    if chance.random() >= habits.SIP_HELD:
        return
    days = chance.choice((1, 2, 3)) if chance.random() < _SOON else round(chance.triangular(4, 40, 12))
    held = instant(working_day(day_of(called) + timedelta(days=days), 1), chance.uniform(9 * 60, 15 * 60))
    story.say(M.SIP_HELD, held, story.centre.id)
    if chance.random() < habits.SIP_ESTABLISHED:
        later = timedelta(0) if chance.random() < _AT_MEETING else timedelta(days=chance.randint(1, 7))
        signed = instant(working_day(day_of(held + later), 1), chance.uniform(15 * 60, 16.8 * 60))
        story.say(M.SIP_ESTABLISHED, signed, story.centre.id)


_CALL_WITHIN_DAYS = 3
_NEED_RECONSIDERED = 0.05
_SOON = 0.45
_AT_MEETING = 0.7
