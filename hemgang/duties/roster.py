"""What the duties need to know of people: who answers for a role, and when they are staffed."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from calendars.staffing import StaffingRule
from hemgang.duties.model import Role
from hemgang.episode.model import Episode


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone alerts can reach: an opaque directory id, hours, and the name of the channel for each urgency."""

    id: str
    hours: StaffingRule
    channel: str
    urgent_channel: str


class Roster(Protocol):
    """Turns roles into recipients; the directory of an installation is one."""

    @property
    def digests(self) -> tuple[time, ...]:
        """The local times at which what is not urgent goes out."""
        ...

    @property
    def acknowledged_for_hours(self) -> int:
        """For how many staffed hours of the owner an acknowledgement stops the ladder."""
        ...

    def hours_of(self, owner: Role, episode: Episode, at: datetime) -> StaffingRule | None:
        """Return the hours of the unit that owns a duty, None where the directory does not know it."""
        ...

    def recipients(self, role: Role, owner: Role, episode: Episode, at: datetime) -> tuple[Recipient, ...]:
        """Return who holds `role` for a duty of `owner`: the owner itself, its backup, its manager, the operator."""
        ...
