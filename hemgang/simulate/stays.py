"""One simulated stay from beginning to end: who is admitted, and all that is then said about him."""

from datetime import date, datetime, timedelta

from hemgang.messages.model import MessageType as M
from hemgang.simulate import habits
from hemgang.simulate.county import Area, CareCentre, County, Ward
from hemgang.simulate.draft import Draft
from hemgang.simulate.draws import Chance, weighted
from hemgang.simulate.joint_plan import coordinate
from hemgang.simulate.leaving import leave
from hemgang.simulate.moments import day_of
from hemgang.simulate.planning import plan
from hemgang.simulate.story import Story
from hemgang.simulate.turns import take_turns


def stay(county: County, episode: str, admitted_at: datetime, chance: Chance) -> list[Draft]:
    """Return every message of one stay, in the order in which they arrive; `admitted_at` in UTC."""
    story = _admit(county, episode, admitted_at, chance)
    leave(story)
    plan(story)
    coordinate(story)
    take_turns(story, county)
    return sorted(story.drafts, key=lambda draft: draft.arrives)


def _admit(county: County, episode: str, admitted_at: datetime, chance: Chance) -> Story:
    psychiatric = chance.random() < habits.PSYCHIATRIC
    areas = county.areas_on(day_of(admitted_at))
    area = weighted(chance, areas, [one.weight for one in areas])
    centre = _centre(county, area, chance, psychiatric=psychiatric)
    ward = _ward(county, chance, psychiatric=psychiatric)
    story = Story(episode, chance, admitted_at, area, centre, ward, psychiatric, county.ways)
    story.compulsory = psychiatric and chance.random() < habits.COMPULSORY
    where = {"region": county.region, "municipality": area.municipality}
    if area.district:
        where["district"] = area.district
    units = {"care": ward.care, "clinic": ward.id, "care_centre": centre.id}
    story.hospital_says(M.ADMITTED, admitted_at, **where, **units, **_person(story))
    return story


def _person(story: Story) -> dict[str, object]:
    """Return what the admission says of the patient: age and sex, and groups where there are any."""
    chance = story.chance
    age = round(chance.gauss(48, 17) if story.psychiatric else chance.gauss(79, 10))
    age = min(103, max(18, age))
    if not story.psychiatric and chance.random() < habits.CHILD:
        age = chance.randint(1, 17)
    told: dict[str, object] = {"age": age, "sex": chance.choice(("female", "male"))}
    if story.ways.birth_dates:
        told = {"birth_date": _born(story, age).isoformat(), "sex": told["sex"]}
    if story.compulsory:
        told["legal_status"] = "compulsory_outpatient"
    groups = ["child"] if age < _ADULT else [group for group, share in _GROUPS if chance.random() < share]
    if groups:
        told["groups"] = groups
    return told


def _born(story: Story, age: int) -> date:
    """Return a date of birth that gives the age on the day of admission."""
    admitted = day_of(story.admitted_at)
    return admitted - timedelta(days=age * 365 + age // 4 + 1 + story.chance.randrange(360))


def _centre(county: County, area: Area, chance: Chance, *, psychiatric: bool) -> CareCentre:
    units = county.psychiatry if psychiatric else area.care_centres
    return weighted(chance, units, [unit.weight for unit in units])


def _ward(county: County, chance: Chance, *, psychiatric: bool) -> Ward:
    care = "psychiatric" if psychiatric else "somatic"
    wards = [ward for ward in county.wards if ward.care == care]
    return weighted(chance, wards, [ward.weight for ward in wards])


_ADULT = 18
_GROUPS = (("lss", 0.03), ("addiction", 0.05))
