"""The messages of a simulated county, or of all, in the order of arrival, holding no more than the stays under way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import heappop, heappush, merge
from operator import itemgetter

from hemgang.simulate.arrivals import admissions
from hemgang.simulate.country import COUNTRY, POPULATION, shares
from hemgang.simulate.county import County
from hemgang.simulate.dirt import Arrival, Dirt
from hemgang.simulate.draft import Draft
from hemgang.simulate.draws import chance_of
from hemgang.simulate.errors import SimulationError
from hemgang.simulate.generic import county_of
from hemgang.simulate.moments import instant
from hemgang.simulate.names import episode_id
from hemgang.simulate.stays import stay

FIRST_YEAR, LAST_YEAR = 2001, 2098


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
    soil = Dirt(chance_of(run.seed, "dirt"), run.dirt)
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
