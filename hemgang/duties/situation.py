"""What every part of a step looks at: the episode, the people, the ladder, the instant, and the duties as revised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hemgang.duties.ladder import Ladder
from hemgang.duties.model import Duty, Memory
from hemgang.duties.roster import Roster
from hemgang.episode.model import Episode


@dataclass(frozen=True, slots=True)
class Current:
    """A duty with its revision; `new` where the revision begins in this step, with the reason."""

    duty: Duty
    revision: int
    new: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Situation:
    """One step's surroundings. `currents` holds every duty there is now, by key; `memory` is what was before."""

    episode: Episode
    currents: Mapping[str, Current]
    memory: Memory
    roster: Roster
    ladder: Ladder
    now: datetime
