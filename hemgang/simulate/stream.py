"""The messages of a simulated county, or of all, in the order of arrival, holding no more than the stays under way.

Admissions come day by day, fewer on days off, most of them by day and evening; each stay is simulated to its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from heapq import heappop, heappush, merge
from operator import itemgetter

from calendars.holidays import is_working_day
from hemgang.messages.model import MessageType as M
from hemgang.simulate import parameters
from hemgang.simulate.county import (
    COUNTRY,
    POPULATION,
    Area,
    CareCentre,
    County,
    SimulationError,
    Ward,
    county_of,
    shares,
)
from hemgang.simulate.events import add_discharge, add_joint_plan, add_planning, add_rare_events
from hemgang.simulate.noise import Arrival, Noise
from hemgang.simulate.story import Chance, Draft, Story, chance_of, day_of, episode_id, instant, poisson, weighted

FIRST_YEAR, LAST_YEAR = 2001, 2098


@dataclass(frozen=True, slots=True)
class _Names:
    """The ids of a run's stays, numbered from `first` in steps, so that several runs can share them out."""

    offset: int
    step: int = 1
    first: int = 0

    def of(self, number: int) -> str:
        return episode_id(offset=self.offset, number=self.first + number * self.step)


@dataclass(frozen=True, slots=True)
class _Run:
    """What one county's stream is made from; `names` are shared with the other counties of a country."""

    county: County
    seed: str
    start: date
    end: date
    discharges: int
    dirt: float
    names: _Names | None = None


WARM_UP = timedelta(days=35)
"""How long before the span the first patients come, so that it begins with wards as full as they stay."""

_WORKING_DAY, _DAY_OFF = 1.08, 0.82

_ADULT = 18
_GROUPS = (("lss", 0.03), ("addiction", 0.05))


def lines(region: str, *, start: date, end: date, seed: int, discharges: int, dirt: float = 1.0) -> Iterator[str]:
    """Yield the messages of simulated counties as NDJSON lines, without line breaks, in the order of arrival.

    The arguments are those of `timed_lines`.

    Raises:
        SimulationError: the region does not exist, or the span, number or dirt cannot be simulated.
    """
    timed = timed_lines(region, start=start, end=end, seed=seed, discharges=discharges, dirt=dirt)
    return (line for _, line in timed)


def timed_lines(
    region: str, *, start: date, end: date, seed: int, discharges: int, dirt: float = 1.0
) -> Iterator[tuple[datetime, str]]:
    """Yield each line with the instant (UTC) at which it arrives, in that order; the same for the same arguments.

    `region` is a county's two-digit code, or `all`: every county with its part of the discharges, ids unique over them.

    About `discharges` patients are discharged from `start` to `end`, both included. Stays of which something was still
    to be said on `start` come whole, from up to five weeks earlier; nothing arrives after `end`, so the last patients
    are still in. `dirt` scales how often lines are copied, late, wrong or broken: 0 is clean. What arrives is
    `received_at` (`at` where there is none), but for copies and broken lines, which say something else.

    Raises:
        SimulationError: the region does not exist, or the span, number or dirt cannot be simulated.
    """
    _check(start, end, discharges=discharges, dirt=dirt)
    if region != COUNTRY:
        return _stream(_Run(county_of(region), f"{region}/{seed}", start, end, discharges, dirt))
    places = enumerate(shares(discharges).items())
    names = _Names(chance_of(f"{COUNTRY}/{seed}", "names").getrandbits(60), len(POPULATION))
    runs = [
        _Run(county_of(one), f"{one}/{seed}", start, end, size, dirt, replace(names, first=place))
        for place, (one, size) in places
    ]
    return merge(*map(_stream, runs), key=itemgetter(0))


def admissions(seed: str, *, start: date, end: date, discharges: int) -> Iterator[list[datetime]]:
    """Yield the admissions of each day in order, as instants in UTC, from 35 days before `start` to `end`, included.

    They come as often as it takes for about `discharges` patients to be discharged from `start` to `end`.
    """
    chance = chance_of(seed, "admissions")
    days = (end - start).days + 1
    daily = discharges / days / (1 - parameters.DIES - parameters.CANCELLED)
    day = start - WARM_UP
    while day <= end:
        weight = _WORKING_DAY if is_working_day(day) else _DAY_OFF
        count = poisson(chance, daily * weight)
        yield sorted(instant(day, chance.triangular(0, 24 * 60 - 1, 14 * 60)) for _ in range(count))
        day += timedelta(days=1)


def discharges_in(start: date, end: date, *, per_year: int) -> int:
    """Return how many discharges fall to a span, both days included, of so many a year; of each year its days' part.

    A span that ends before it starts has none.
    """
    total = Fraction(0)
    for year in range(start.year, end.year + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
        days = date(year, 12, 31).timetuple().tm_yday
        total += Fraction(per_year * max(0, (last - first).days + 1), days)
    return round(total)


def stay(county: County, episode: str, admitted_at: datetime, chance: Chance) -> list[Draft]:
    """Return every message of one stay, in the order in which they arrive; `admitted_at` in UTC."""
    story = _admit(county, episode, admitted_at, chance)
    add_discharge(story)
    add_planning(story)
    add_joint_plan(story)
    add_rare_events(story, county)
    return sorted(story.drafts, key=lambda draft: draft.arrives)


def _check(start: date, end: date, *, discharges: int, dirt: float) -> None:
    if end < start:
        raise SimulationError(f"the span ends on {end}, before it starts on {start}")
    if start.year < FIRST_YEAR or end.year > LAST_YEAR:
        raise SimulationError(f"only the years {FIRST_YEAR} to {LAST_YEAR} can be simulated")
    if discharges < 0:
        raise SimulationError(f"{discharges} discharges are fewer than none")
    if not 0 <= dirt <= 100:
        raise SimulationError(f"dirt {dirt} is outside 0 to 100")


def _stream(run: _Run) -> Iterator[tuple[datetime, str]]:
    """Merge the stays: nothing of one arrives before its admission, so what is due before the next one can go out."""
    begins, closes = instant(run.start, 0), instant(run.end + timedelta(days=1), 0)
    soil = Noise(chance_of(run.seed, "dirt"), run.dirt)
    waiting: list[tuple[datetime, int, Arrival]] = []
    count = 0
    for admitted_at, drafts in _stays(run):
        while waiting and waiting[0][0] < admitted_at:
            yield _sent(heappop(waiting))
        if drafts[-1].arrives < begins:
            continue
        for arrival in soil.over(drafts):
            if arrival.at < closes:
                count += 1
                heappush(waiting, (arrival.at, count, arrival))
    while waiting:
        yield _sent(heappop(waiting))


def _stays(run: _Run) -> Iterator[tuple[datetime, list[Draft]]]:
    """Yield each stay's admission and messages; the stays are in order of admission."""
    names = run.names or _Names(chance_of(run.seed, "names").getrandbits(60))
    number = 0
    for day in admissions(run.seed, start=run.start, end=run.end, discharges=run.discharges):
        for admitted_at in day:
            number += 1
            yield admitted_at, stay(run.county, names.of(number), admitted_at, chance_of(run.seed, number))


def _sent(waiting: tuple[datetime, int, Arrival]) -> tuple[datetime, str]:
    return waiting[0], waiting[2].line()


def _admit(county: County, episode: str, admitted_at: datetime, chance: Chance) -> Story:
    psychiatric = chance.random() < parameters.PSYCHIATRIC
    areas = county.areas_on(day_of(admitted_at))
    area = weighted(chance, areas, [one.weight for one in areas])
    centre = _centre(county, area, chance, psychiatric=psychiatric)
    ward = _ward(county, chance, psychiatric=psychiatric)
    story = Story(episode, chance, admitted_at, area, centre, ward, psychiatric, county.parameters)
    story.compulsory = psychiatric and chance.random() < parameters.COMPULSORY
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
    if not story.psychiatric and chance.random() < parameters.CHILD:
        age = chance.randint(1, 17)
    told: dict[str, object] = {"age": age, "sex": chance.choice(("female", "male"))}
    if story.parameters.birth_dates:
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
