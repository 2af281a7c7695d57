"""The directory (katalog): who answers for which unit, when, and over which channel; turns roles into recipients (3.5).

`hemgang.notifications.directory_config` reads one from TOML, and checks what it says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from calendars.timezone import local_date
from hemgang.duties.model import Role
from hemgang.duties.roster import Recipient
from hemgang.episode.model import Episode
from hemgang.i18n.language import Language
from hemgang.notifications.channels import Channel

HOURS = 'hours are "always", "agreement", "weekdays 08:00-17:00" or "weekdays 08:00-17:00, third day"'
"""What can stand where a directory says when somebody is there."""

_WEEKDAYS = re.compile(r"weekdays (\d\d:\d\d)-(\d\d:\d\d)(, third day)?")


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is there; `by_agreement`: the hours of the agreement in force, as far as it is known."""

    rule: StaffingRule
    by_agreement: bool = False


def read_hours(text: str) -> Hours:
    """Return the hours that a directory's text stands for.

    "weekdays 08:00-17:00" are working days, the opening included and the closing excluded (00:00 is the end of the
    day); ", third day" adds the third day of a long holiday. "agreement" stands for the agreement's planning hours,
    and for working days 08:00 to 17:00 with the third day where no agreement is at hand.

    Raises:
        ValueError: the text is none of these; the message says what can stand there.
    """
    if text == "always":
        return Hours(ALWAYS)
    if text == "agreement":
        return Hours(STANDARD, by_agreement=True)
    written = _WEEKDAYS.fullmatch(text)
    if written is None:
        raise ValueError(HOURS)
    opens, closes, third_day = written.groups()
    try:
        rule = StaffingRule(time.fromisoformat(opens), time.fromisoformat(closes), third_day is not None)
    except ValueError:
        raise ValueError(f"the hours {opens}-{closes} are no hours of one day") from None
    return Hours(rule)


OPERATOR = "operator"
"""The recipient id of an operator who is a channel and not a contact."""


class UnitKind(StrEnum):
    """What a unit is: inpatient ward, outpatient care (vårdcentral), or municipal intake."""

    WARD = "ward"
    OUTPATIENT = "outpatient"
    MUNICIPAL = "municipal"


@dataclass(frozen=True, slots=True)
class Party:
    """A unit or a contact: something with an id that alerts can be sent to or through.

    `unit` is a contact's unit; `contact` is who answers for a unit without a channel of its own.
    """

    id: str
    hours: Hours
    kind: UnitKind | None = None
    payer: str | None = None
    unit: str | None = None
    contact: str | None = None
    channel: str | None = None
    urgent_channel: str | None = None
    backup: str | None = None
    manager: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How an installation alerts: language, link prefix, and the times of specification 3.2."""

    language: Language = Language.SWEDISH
    link: str | None = None
    acknowledged_for_hours: int = 8
    bundle_minutes: int = 15
    digests: tuple[time, ...] = (time(7, 45), time(12, 45))


@dataclass(frozen=True, slots=True)
class Directory:
    """Who can be reached, and how; a `hemgang.duties.roster.Roster`.

    `parties` holds units and contacts by id, which they share one set of; `channels` the channels by id.
    """

    settings: Settings
    parties: Mapping[str, Party]
    channels: Mapping[str, Channel]
    operator: Recipient | None = None

    @property
    def digests(self) -> tuple[time, ...]:
        """The local times at which what is not urgent goes out, in order."""
        return self.settings.digests

    @property
    def acknowledged_for_hours(self) -> int:
        """For how many staffed hours an acknowledgement stops the ladder."""
        return self.settings.acknowledged_for_hours

    def hours_of(self, owner: Role, episode: Episode, at: datetime) -> StaffingRule | None:
        """Return the hours of the unit that owns a duty; None where it is unknown or keeps the agreement's hours.

        For an assigned contact these are the hours of its unit: a deadline does not move with one person's week.
        """
        party = self._owner(owner, episode, at)
        if party is not None and party.unit is not None:
            party = self.parties[party.unit]
        if party is None or (party.hours.by_agreement and party.kind is not UnitKind.WARD):
            return None
        return party.hours.rule

    def recipients(self, role: Role, owner: Role, episode: Episode, at: datetime) -> tuple[Recipient, ...]:
        """Return who holds `role` for a duty of `owner` at an instant; nobody gives an empty tuple."""
        match role:
            case Role.OPERATOR:
                found = self.operator
            case Role.BACKUP | Role.MANAGER:
                found = self._standing_in(role, self._owner(owner, episode, at))
            case Role.WARD | Role.OUTPATIENT_UNIT | Role.FIXED_CARE_CONTACT | Role.MUNICIPAL_UNIT:
                found = self._reach(self._owner(role, episode, at))
        return () if found is None else (found,)

    def knows_contact(self, contact: str) -> bool:
        """Tell whether a contact assigned in a message is in the directory (finding `unknown_contact`)."""
        return contact in self.parties and self.parties[contact].kind is None

    def fallback_of(self, channel: str) -> str | None:
        """Return the channel that is used when `channel` fails, None where there is none."""
        known = self.channels.get(channel)
        return known.fallback if known else None

    def _owner(self, role: Role, episode: Episode, at: datetime) -> Party | None:
        """Return the unit or contact that answers for the episode in an owner's role."""
        patient = episode.patient
        match role:
            case Role.WARD:
                # The clinic follows a transfer, the sender of the admission does not.
                by_clinic = self._unit(UnitKind.WARD, patient.clinic if patient else None)
                return by_clinic or self._unit(UnitKind.WARD, episode.opened.sender if episode.opened else None)
            case Role.OUTPATIENT_UNIT:
                return self._unit(UnitKind.OUTPATIENT, patient.care_centre if patient else None)
            case Role.FIXED_CARE_CONTACT:
                return self._assigned(episode, at) or self._owner(Role.OUTPATIENT_UNIT, episode, at)
            case Role.MUNICIPAL_UNIT:
                return self._municipal(episode, at)
            case Role.BACKUP | Role.MANAGER | Role.OPERATOR:
                return None

    def _unit(self, kind: UnitKind, named: str | None) -> Party | None:
        party = self.parties.get(named) if named else None
        return party if party is not None and party.kind is kind else None

    def _assigned(self, episode: Episode, at: datetime) -> Party | None:
        named = [fact.value for fact in episode.care_contacts if fact.at <= at and fact.value]
        return self.parties[named[-1]] if named and self.knows_contact(named[-1]) else None

    def _municipal(self, episode: Episode, at: datetime) -> Party | None:
        payer = episode.payer_on(local_date(at))
        if payer is None:
            return None
        return next((party for party in self.parties.values() if party.payer == payer.payer), None)

    def _standing_in(self, role: Role, owner: Party | None) -> Recipient | None:
        """Return the owner's backup or manager: its own, else that of its unit; never the owner itself."""
        if owner is None:
            return None
        reached = self._reach(owner)
        for party in self._answering(owner):
            named = party.backup if role is Role.BACKUP else party.manager
            found = self._reach(self.parties[named]) if named else None
            if found is not None and (reached is None or found.id != reached.id):
                return found
        return None

    def _answering(self, owner: Party) -> tuple[Party, ...]:
        """Return the owner, then its unit or the contact that answers for it."""
        beside = owner.unit or owner.contact
        return (owner, self.parties[beside]) if beside else (owner,)

    def _reach(self, party: Party | None) -> Recipient | None:
        """Return the recipient that a party is: itself through its channel, else the contact that answers for it."""
        if party is None:
            return None
        if party.channel is not None:
            return Recipient(party.id, party.hours.rule, party.channel, party.urgent_channel or party.channel)
        return self._reach(self.parties[party.contact]) if party.contact else None
