"""What goes wrong in one run, and when: drawn from its seed, the same in every run of that seed."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from calendars.timezone import at_local, plain_utc
from hemgang.simulate.noise import last_autumn_change, last_spring_change

Chance = random.Random

SITES = 4
"""Servers that carry the messages; a box is always at the same one."""


def chance_of(*parts: object) -> Chance:
    """Return draws of their own for what `parts` name."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311  no secret


class Trouble(StrEnum):
    """What a server does with the messages given to it."""

    REFUSES = "refuses"
    LIMITS = "limits"
    SILENT = "silent"
    TAKES_AND_KEEPS_SILENT = "takes_and_keeps_silent"
    BREAKS_OFF = "breaks_off"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to another, the first included."""

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= instant < self.end

    def meets(self, other: "Span") -> bool:
        """Whether they have an instant in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Odds:
    """How often, at each boundary of a transaction, a process dies, stands still, is slow, or the database fails it."""

    dies: float = 0.0
    stands_still: float = 0.0
    slow: float = 0.0
    fails: float = 0.0
    answer_lost: float = 0.0
    channel: float = 0.0


@dataclass(frozen=True, slots=True)
class Weather:
    """The faults of a run. After `clears_at` there are none.

    `outages`: the database answers nobody. `downtimes`: no process runs. `sites`: what a server does for a while.
    `skew`: by how much a process's clock may be off, either way.
    """

    seed: str
    begins_at: datetime
    clears_at: datetime
    odds: Odds = Odds()
    outages: tuple[Span, ...] = ()
    downtimes: tuple[Span, ...] = ()
    sites: tuple[tuple[int, Span, Trouble], ...] = ()
    skew: timedelta = timedelta(0)

    def odds_at(self, instant: datetime) -> Odds:
        """Return how often things fail at an instant."""
        return self.odds if self.begins_at <= instant < self.clears_at else _NEVER


def calm(seed: str, days: int) -> Weather:
    """Return the run in which nothing goes wrong."""
    first = first_day(seed, days)
    return Weather(seed, _midnight(first), _midnight(first + timedelta(days=days)))


def weather_of(seed: str, days: int) -> Weather:
    """Draw what goes wrong: mild or rough, with a downtime of hours or days in half of the runs."""
    chance = chance_of(seed, "weather")
    still = calm(seed, days)
    rough = chance.choice((0.3, 1.0, 2.0))
    odds = Odds(*(rough * chance.uniform(0.5, 1.5) * share for share in (0.004, 0.002, 0.03, 0.006, 0.003, 0.06)))
    whole = Span(still.begins_at, still.clears_at)
    down: tuple[Span, ...] = ()
    if chance.random() < 0.5:
        longest = min(72.0, days * 8.0)
        down = (_span(chance, whole, hours=chance.choice((chance.uniform(1, 8), chance.uniform(8, longest)))),)
    outages = tuple(_span(chance, whole, hours=chance.uniform(0.02, 3)) for _ in range(chance.randint(0, days // 3)))
    sites = tuple(
        (chance.randrange(SITES), _span(chance, whole, hours=chance.uniform(0.1, 12)), chance.choice(list(Trouble)))
        for _ in range(chance.randint(0, days // 2))
    )
    skew = timedelta(seconds=chance.choice((0, 0, 30, 120)))
    return Weather(seed, still.begins_at, still.clears_at, odds, outages, down, sites, skew)


def first_day(seed: str, days: int) -> date:
    """Draw the first day: in two of three runs so that a night in which the clock changes falls in the span."""
    chance = chance_of(seed, "first day")
    year = chance.choice((2022, 2023))
    kind = chance.randrange(3)
    if kind == 2:
        return date(year, 1, 3) + timedelta(days=chance.randrange(340))
    changes = (last_spring_change, last_autumn_change)[kind](date(year, 12, 31))
    return changes - timedelta(days=chance.randint(1, max(1, min(days, 20) - 2)))


def _span(chance: Chance, whole: Span, *, hours: float) -> Span:
    length = timedelta(hours=hours)
    latest = max(whole.end - whole.start - length, timedelta(0))
    start = whole.start + latest * chance.random()
    return Span(start, min(start + length, whole.end))


def _midnight(day: date) -> datetime:
    return plain_utc(at_local(day, time(0)))


_NEVER = Odds()
