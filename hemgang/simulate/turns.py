"""Rare turns of a stay: leave, transfer, compulsory care, a new payer, a death, an admission that never was."""

from datetime import datetime, timedelta

from hemgang.messages.model import MessageType as M
from hemgang.simulate import habits
from hemgang.simulate.county import County
from hemgang.simulate.draws import pick, weighted
from hemgang.simulate.leaving import discharge_status
from hemgang.simulate.moments import day_of, instant
from hemgang.simulate.story import Story


def take_turns(story: Story, county: County) -> None:
    """Tell the rare turns of a stay whose end is known."""
    chance = story.chance
    if story.compulsory:
        _establish_care_plan(story)
    if chance.random() < (habits.LEAVE_PSYCHIATRIC if story.psychiatric else habits.LEAVE_SOMATIC):
        _go_on_leave(story)
    if chance.random() < habits.PAYER_CHANGED:
        _change_payer(story, county)
    if chance.random() < habits.TRANSFERRED:
        _transfer(story, county)
    turn = chance.random()
    if turn < habits.DIES:
        _die(story)
    elif turn < habits.DIES + habits.CANCELLED:
        _cancel(story)
    elif turn < habits.DIES + habits.CANCELLED + habits.DISCHARGE_CANCELLED:
        _take_back_discharge(story)


def _establish_care_plan(story: Story) -> None:
    """Establish the coordinated care plan before the first ready notice, after it, or never."""
    when = pick(story.chance, habits.CARE_PLAN)
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
        told = {"municipality": new.municipality} | ({"district": new.district} if new.district else {})
        story.hospital_says(M.PAYER_CHANGED, at, **told)


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
