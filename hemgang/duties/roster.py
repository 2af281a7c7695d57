"""The roster: who answers for a role and when they are staffed, as the duties ask; and one without a directory.

`DefaultRoster` makes every role its own recipient, for `hemgang replay` and for trying things out.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from agreements.fields import STATUTE
from agreements.registry import Agreements
from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from calendars.timezone import local_date
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


CHANNEL = "unrouted"
DIGESTS = (time(7, 45), time(12, 45))
ACKNOWLEDGED_FOR_HOURS = 8


@dataclass(frozen=True, slots=True)
class DefaultRoster:
    """Each role reaches one recipient named like the role, on the channel "unrouted".

    The ward and the operator are there around the clock, everyone else in the agreement's planning windows.
    `digests` are local times; `acknowledged_for_hours` are staffed hours of the duty's owner.
    """

    agreements: Agreements
    digests: tuple[time, ...] = DIGESTS
    acknowledged_for_hours: int = ACKNOWLEDGED_FOR_HOURS

    def hours_of(self, owner: Role, episode: Episode, at: datetime) -> StaffingRule | None:
        """Return around the clock for the ward, None for all others: the agreement's planning windows then hold."""
        return ALWAYS if owner is Role.WARD else None

    def recipients(self, role: Role, owner: Role, episode: Episode, at: datetime) -> tuple[Recipient, ...]:
        """Return the role as its own only recipient; a backup or manager keeps the hours of the owner."""
        unit = owner if role in {Role.BACKUP, Role.MANAGER} else role
        return (Recipient(role.value, self._hours(unit, episode, at), CHANNEL, CHANNEL),)

    def _hours(self, unit: Role, episode: Episode, at: datetime) -> StaffingRule:
        if unit in {Role.WARD, Role.OPERATOR}:
            return ALWAYS
        on = local_date(at)
        if episode.region is None or not self.agreements.named(STATUTE).in_force(on):
            return STANDARD
        payer = episode.payer_on(on)
        return self.agreements.terms(episode.region, on, payer.payer if payer else None).planning.value
