"""Builds stays out of messages, and runs steps over them on a virtual clock; for the tests of duties only."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from agreements.loader import load_agreements
from agreements.registry import Agreements
from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from calendars.timezone import local, read_local
from hemgang.duties.decide import apply, decide
from hemgang.duties.escalation import Ladder
from hemgang.duties.escalation_config import shipped_ladder
from hemgang.duties.model import Acknowledgement, Alert, AlertKind, AlertState, Duty, Memory, Role, RungRecord, Step
from hemgang.duties.roster import DefaultRoster, Recipient, Roster
from hemgang.duties.rules import duties_of
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.messages.model import Message, MessageType

SHIPPED: Agreements = load_agreements()
EVERYTHING_KNOWN = datetime(2100, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """Read "2018-03-29 18:05" as Stockholm time, or an ISO instant with its offset, into UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    instant = read_local(moment).instant
    assert instant is not None, f"{text} does not exist in Stockholm"
    return datetime.fromtimestamp(instant.timestamp(), UTC)


@dataclass(frozen=True)
class Stay:
    """The messages of one stay, in the order in which they were said."""

    messages: tuple[Message, ...] = ()

    def say(self, kind: MessageType, when: str, *, received: str | None = None, **fields: object) -> "Stay":
        """Return the stay with one more message."""
        message = Message(
            id=f"m{len(self.messages) + 1}",
            episode="stay",
            type=kind,
            at=at(when),
            received_at=at(received or when),
            fields=fields,
        )
        return Stay((*self.messages, message))

    def without(self, kind: MessageType) -> "Stay":
        """Return the stay as if messages of a type had never come."""
        return Stay(tuple(message for message in self.messages if message.type is not kind))

    def episode(self, known_at: datetime = EVERYTHING_KNOWN) -> Episode:
        """Return the fold of what had been received by an instant."""
        return fold(self.messages, episode="stay", as_of=known_at)


def admitted(when: str, *, region: str = "23", municipality: str = "2380", care: str = "somatic") -> Stay:
    """Return a stay that has just begun; Östersund in Jämtland Härjedalen unless said otherwise."""
    return Stay().say(MessageType.ADMITTED, when, region=region, municipality=municipality, care=care)


def noticed(when: str, expected: date | None = None, *, opened: str | None = None) -> Stay:
    """Return a stay with an admission notice, admitted an hour before unless said otherwise."""
    begun = opened or (at(when) - timedelta(hours=1)).isoformat()
    if expected is None:
        return admitted(begun).say(MessageType.ADMISSION_NOTICE, when)
    return admitted(begun).say(MessageType.ADMISSION_NOTICE, when, expected_discharge=expected)


def duties_at(stay: Stay, when: str | datetime, roster: Roster | None = None) -> dict[str, Duty]:
    """Return the duties by key at an instant, everything said being known."""
    now = at(when) if isinstance(when, str) else when
    found = duties_of(stay.episode(), SHIPPED, roster or DefaultRoster(SHIPPED), now)
    return {duty.key: duty for duty in found}


@dataclass
class People:
    """A roster made for a test: hours by owner, recipients by role, and nobody for roles in `absent`."""

    hours: dict[Role, StaffingRule] = field(default_factory=dict)
    absent: frozenset[Role] = frozenset()
    digests: tuple[time, ...] = (time(7, 45), time(12, 45))
    acknowledged_for_hours: int = 8

    def hours_of(self, owner: Role, episode: Episode, at: datetime) -> StaffingRule | None:
        return self.hours.get(owner)

    def recipients(self, role: Role, owner: Role, episode: Episode, at: datetime) -> tuple[Recipient, ...]:
        if role in self.absent:
            return ()
        rule = self.hours.get(owner, ALWAYS if owner is Role.WARD else STANDARD)
        named = f"{role} of {owner}" if role in {Role.BACKUP, Role.MANAGER} else role.value
        return (Recipient(named, rule, channel=f"mail:{named}", urgent_channel=f"sms:{named}"),)


@dataclass
class Engine:
    """Steps a stay through time and keeps what was decided; `sends` marks what is pending as delivered after a step."""

    stay: Stay
    roster: Roster = field(default_factory=lambda: DefaultRoster(SHIPPED))
    ladder: Ladder = field(default_factory=shipped_ladder)
    agreements: Agreements = SHIPPED
    memory: Memory = field(default_factory=Memory)
    sends: bool = True
    steps: list[tuple[datetime, Step]] = field(default_factory=list)

    def step(self, when: str | datetime) -> Step:
        """Take one step at an instant, with what is known then."""
        now = at(when) if isinstance(when, str) else when
        episode = self.stay.episode(now)
        duties = duties_of(episode, self.agreements, self.roster, now)
        decided = decide(episode, duties, self.memory, self.roster, self.ladder, now)
        self.memory = apply(self.memory, decided)
        self.steps.append((now, decided))
        if self.sends:
            self.send()
        return decided

    def send(self) -> None:
        """Mark every pending alert as delivered."""
        self.memory = replace(self.memory, alerts=tuple(_sent(alert) for alert in self.memory.alerts))

    def acknowledge(self, key: str, when: str, *, revision: int = 1) -> None:
        """Let a named person acknowledge a duty."""
        seen = Acknowledgement(key, revision, "anna", at(when))
        self.memory = replace(self.memory, acknowledgements=(*self.memory.acknowledgements, seen))

    def run(self, start: str | datetime, until: str | datetime) -> "Engine":
        """Step at every received message and every wake from `start` to `until`, both included."""
        first, last = (at(each) if isinstance(each, str) else each for each in (start, until))
        now: datetime | None = first
        while now is not None and now <= last:
            wake = self.step(now).next_wake
            received = (message.received_at for message in self.stay.messages)
            later = [each for each in (wake, *received) if each is not None and each > now]
            now = min(later, default=None)
        return self

    def fired(self, kind: str | None = None) -> list[tuple[str, str, str]]:
        """Return what fired as (local time, duty, rung), in order; of one duty kind if named."""
        return [
            (shown(record.at), record.key, record.rung)
            for record in self.records("fired")
            if kind is None or record.key.startswith(f"{kind}/")
        ]

    def records(self, outcome: str) -> list[RungRecord]:
        """Return the rungs with an outcome, in order."""
        return [record for record in self.memory.rungs if record.outcome == outcome]

    def alerts(self, *, kind: AlertKind | None = None, state: AlertState | None = None) -> list[Alert]:
        """Return the stored alerts of a kind and in a state."""
        return [
            alert
            for alert in self.memory.alerts
            if (kind is None or alert.kind is kind) and (state is None or alert.state is state)
        ]


def shown(instant: datetime | None) -> str:
    """Write an instant in Stockholm time, for comparing with tables."""
    if instant is None:
        return "none"
    seconds = f":{instant.second:02d}" if instant.second else ""
    return local(instant).strftime("%Y-%m-%d %H:%M") + seconds


def stands(duty: Duty | None) -> str:
    """Return a duty's status as text, "absent" where there is none."""
    return "absent" if duty is None else duty.status.value


def said(stay: Stay, *more: tuple[MessageType, str]) -> Stay:
    """Return the stay with more messages that carry nothing but their time."""
    for kind, when in more:
        stay = stay.say(kind, when)
    return stay


def _sent(alert: Alert) -> Alert:
    return replace(alert, state=AlertState.DELIVERED) if alert.state is AlertState.PENDING else alert
