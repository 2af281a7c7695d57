"""One stay while its story is told: the patient, the units around him, and what they have said so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hemgang.messages.model import MessageType
from hemgang.simulate.county import Area, CareCentre, Ward
from hemgang.simulate.draft import Draft
from hemgang.simulate.draws import Chance
from hemgang.simulate.ways import EVERYWHERE, Ways

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
    ways: Ways = EVERYWHERE
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
