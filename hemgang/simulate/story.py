"""One simulated stay while it is told: its patient and units, its messages so far, its seeded chance and its clock.

Ids are letters only, so that none is shaped like an identity number (specification 6). Clock times are Stockholm's, as
instants in UTC.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

from calendars.deadlines import practical_due
from calendars.holidays import is_working_day
from calendars.staffing import STANDARD, add_staffed, next_staffed, subtract_staffed
from calendars.timezone import STOCKHOLM, at_local, local_date, plain_utc, start_of_day
from hemgang.messages.model import MessageType
from hemgang.simulate.county import Area, CareCentre, Ward
from hemgang.simulate.parameters import EVERYWHERE, CountyParameters


class Draft(NamedTuple):
    """One message, with the instant (UTC) at which it arrives; `fields` are already written as JSON has them."""

    id: str
    episode: str
    type: MessageType
    at: datetime
    arrives: datetime
    sender: str
    fields: Mapping[str, object]

    def content(self) -> dict[str, object]:
        """Return the object of the line, times with Stockholm's offset; `received_at` only where it differs."""
        found: dict[str, object] = {
            "id": self.id,
            "episode": self.episode,
            "type": self.type.value,
            "at": written(self.at),
        }
        if self.arrives != self.at:
            found["received_at"] = written(self.arrives)
        found["sender"] = self.sender
        found.update(self.fields)
        return found


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))

T = TypeVar("T")

Chance = random.Random

_MANY = 50

LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Story:
    """A stay: instants in UTC; `ward` is the one that admits, `said` counts the messages, those left out later too."""

    episode: str
    chance: Chance
    admitted_at: datetime
    area: Area
    centre: CareCentre
    ward: Ward
    psychiatric: bool
    parameters: CountyParameters = EVERYWHERE
    compulsory: bool = False
    notices: list[datetime] = field(default_factory=list)
    ends_at: datetime = LATEST
    drafts: list[Draft] = field(default_factory=list)
    said: int = 0

    def say(self, kind: MessageType, at: datetime, sender: str, **fields: object) -> Draft:
        """Add a message that is sent at an instant, by the second, and arrives at once or within minutes."""
        if at.microsecond:
            at = at.replace(microsecond=0)
        lag = self.chance.random()
        arrives = at + timedelta(seconds=int(lag * _LONGEST_LAG)) if lag > _AT_ONCE else at
        self.said += 1
        draft = Draft(f"{self.episode}-{self.said}", self.episode, kind, at, arrives, sender, fields)
        self.drafts.append(draft)
        return draft

    def hospital_says(self, kind: MessageType, at: datetime, **fields: object) -> Draft:
        """Add a message of the ward."""
        return self.say(kind, at, self.ward.id, **fields)

    def keep(self, keeps: Callable[[Draft], bool]) -> None:
        """Leave out of the story whatever is not kept."""
        self.drafts[:] = [draft for draft in self.drafts if keeps(draft)]

    @property
    def receivers(self) -> list[str]:
        """The units that notices go to."""
        return [self.area.intake, self.centre.id]


_AT_ONCE = 0.4
_LONGEST_LAG = 120  # seconds

NOON = 12 * 60
_SETTLED = 3 * 60  # the clock has changed by then, where it changes

LETTERS = "bcdfghjkmnpqrstvwxz"
LENGTH = 9

_SPACE = len(LETTERS) ** LENGTH
_STRIDE = 121_932_631_112_635_269 % _SPACE


def line_of(content: Mapping[str, object]) -> str:
    """Return an object as one line of JSON, without line break."""
    return _ENCODER.encode(content)


def written(at: datetime) -> str:
    """Return an instant as messages write it: ISO 8601 with Stockholm's offset."""
    return at.astimezone(STOCKHOLM).isoformat()


def chance_of(*parts: object) -> Chance:
    """Return a chance of its own for what `parts` name: the same parts give the same draws in every run."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 (a simulation keeps no secret)


def pick(chance: Chance, table: Sequence[tuple[T, float]]) -> T:
    """Return one of the values, by their probabilities; the last one takes what rounding leaves."""
    left = chance.random()
    for value, share in table:
        left -= share
        if left < 0:
            return value
    return table[-1][0]


def weighted(chance: Chance, items: Sequence[T], weights: Sequence[float]) -> T:
    """Return one of the items by their weights."""
    return chance.choices(items, weights)[0]


def poisson(chance: Chance, mean: float) -> int:
    """Return how many come where `mean` come on average, each by itself."""
    if mean > _MANY:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count += 1
        left += chance.expovariate(1)
    return count


def instant(day: date, minute: float) -> datetime:
    """Return the instant at which a date's clock shows that many minutes past midnight; whole seconds."""
    midnight, noon = _anchors(day)
    seconds = round(minute * 60)
    if minute < _SETTLED:
        return midnight + timedelta(seconds=seconds)
    return noon + timedelta(seconds=seconds - NOON * 60)


def day_of(at: datetime) -> date:
    """Return the date in Stockholm on which an instant falls."""
    return local_date(at)


def minute_of(at: datetime) -> float:
    """Return how many minutes past midnight the clock of Stockholm shows, on days whose clock does not change."""
    midnight, _ = _anchors(local_date(at))
    return (at - midnight).total_seconds() / 60


def staffed(at: datetime) -> datetime:
    """Return the instant itself if offices are open (weekdays 08-17 and the third day), else their next opening."""
    return plain_utc(next_staffed(STANDARD, at))


def staffed_after(at: datetime, hours: float) -> datetime:
    """Return the instant by which so many staffed hours have passed."""
    return plain_utc(add_staffed(STANDARD, at, staffed=timedelta(seconds=round(hours * 3600))))


def staffed_before(at: datetime, hours: float) -> datetime:
    """Return the instant from which so many staffed hours are left."""
    return plain_utc(subtract_staffed(STANDARD, at, staffed=timedelta(seconds=round(hours * 3600))))


def last_chance(day: date) -> datetime:
    """Return the practical deadline of what is due at the end of a date (specification 2.4)."""
    return plain_utc(practical_due(STANDARD, start_of_day(day + timedelta(days=1))))


def working_day(day: date, step: int) -> date:
    """Return the date itself if it is a working day, else the nearest one forwards (1) or backwards (-1)."""
    while not is_working_day(day):
        day += timedelta(days=step)
    return day


def episode_id(*, offset: int, number: int) -> str:
    """Return the id of the stay with this number, another for every number below 3 * 10**11.

    `offset` is where the run starts: runs with different ones seldom share an id.
    """
    place = (offset + number * _STRIDE) % _SPACE
    letters = []
    for _ in range(LENGTH):
        place, rest = divmod(place, len(LETTERS))
        letters.append(LETTERS[rest])
    return "".join(letters)


@lru_cache(maxsize=4096)
def _anchors(day: date) -> tuple[datetime, datetime]:
    return plain_utc(start_of_day(day)), plain_utc(at_local(day, time(12)))
