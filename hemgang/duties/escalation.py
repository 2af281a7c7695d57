"""The ladder (eskaleringstrappa): who is told when about a duty that is still open, as values (specification 3.2).

What every part of a step looks at: the episode, the people, the ladder, the instant, and the duties as revised.

The next instant at which something may be due for an episode, so that nobody has to look before (3.2).

From a level of the ladder, the operator, or an earlier alert to the people that the roster knows for it.

Which rungs of a duty's ladder are due, and what becomes of each: fired, overtaken, unstaffed or stale (3.2).

Acknowledgements: a named person has seen it, which stops the ladder until it runs out (specification 3.2).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from calendars.staffing import ALWAYS, STANDARD, StaffingRule, add_staffed, subtract_staffed
from calendars.timezone import plain_utc, start_of_day
from hemgang.duties.model import (
    Alert,
    AlertState,
    Duty,
    DutyKind,
    Memory,
    Role,
    RungOutcome,
    RungRecord,
    Status,
    owners_of_key,
)
from hemgang.duties.roster import Recipient, Roster
from hemgang.episode.model import Episode, instants_of

NOTHING = timedelta(0)
RESOLVED_RUNG = "resolved"
OPERATOR_RUNG = "operator"
RESERVED = frozenset({RESOLVED_RUNG, OPERATOR_RUNG})
"""Names that stand in the log without being rungs of a ladder: what told people hear at the end, and the alarm."""


class Level(StrEnum):
    """To whom a rung speaks: the duty's owners, their backups or their managers."""

    OWNER = "owner"
    BACKUP = "backup"
    MANAGER = "manager"


class Anchor(StrEnum):
    """What the time of a rung is counted from. `missed`: strict due, for a care contact the discharge without one."""

    STRICT_DUE = "strict_due"
    PRACTICAL_DUE = "practical_due"
    MISSED = "missed"


class Counted(StrEnum):
    """Which hours a rung counts: all, or those in which the responsible unit is staffed."""

    ELAPSED = "elapsed"
    STAFFED = "staffed"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: `offset` from the anchor, negative before it, in hours as counted; urgent ones skip the digest."""

    name: str
    level: Level
    anchor: Anchor
    offset: timedelta = NOTHING
    counted: Counted = Counted.STAFFED
    urgent: bool = True

    def due_at(self, duty: Duty) -> datetime | None:
        """Return the instant (UTC) at which the rung is due for a duty; None while nothing fixes it."""
        anchor = self._anchor_of(duty)
        if anchor is None or self.offset == NOTHING:
            return anchor
        if self.counted is Counted.ELAPSED:
            return anchor + self.offset
        if self.offset < NOTHING:
            return plain_utc(subtract_staffed(duty.hours, anchor, staffed=-self.offset))
        return plain_utc(add_staffed(duty.hours, anchor, staffed=self.offset))

    def _anchor_of(self, duty: Duty) -> datetime | None:
        match self.anchor:
            case Anchor.STRICT_DUE:
                return duty.strict_due
            case Anchor.PRACTICAL_DUE:
                return duty.practical_due
            case Anchor.MISSED:
                return duty.miss_at


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of every kind of duty, in the order in which they escalate; `default` for kinds without their own."""

    default: tuple[Rung, ...]
    by_kind: Mapping[DutyKind, tuple[Rung, ...]] = field(default_factory=dict)

    def rungs_of(self, kind: DutyKind) -> tuple[Rung, ...]:
        """Return the rungs for a kind of duty."""
        return self.by_kind.get(kind, self.default)


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


def next_wake(situation: Situation, after: Memory) -> datetime | None:
    """Return the earliest later instant (UTC) of a rung, miss, digest, end of an acknowledgement or dated-ahead fact.

    `after` is the memory with this step's decisions in it. None when nothing is coming.
    """
    now = situation.now
    coming = (
        *_of_duties(situation, after),
        *_of_digests(after.alerts),
        *instants_of(situation.episode),
        *(start_of_day(payer.since) for payer in situation.episode.payers),
        *(start_of_day(entered.since) for entered in situation.episode.regions),
    )
    first = min((instant for instant in coming if instant > now), default=None)
    return None if first is None else plain_utc(first)


def _of_duties(situation: Situation, after: Memory) -> Iterator[datetime]:
    for current in situation.currents.values():
        duty = current.duty
        if duty.status is Status.OPEN and duty.miss_at is not None:
            yield duty.miss_at
        rungs = situation.ladder.rungs_of(duty.kind)
        waiting = [rungs[nth].due_at(duty) for nth in waiting_rungs(rungs, current, after)]
        until = acknowledged_until(situation, current) if waiting else None
        if until is not None:
            yield until
        else:
            yield from (due_at for due_at in waiting if due_at is not None)


def _of_digests(alerts: Iterable[Alert]) -> Iterator[datetime]:
    return (alert.release_at for alert in alerts if alert.state is AlertState.HELD)


UNROUTED_OPERATOR = Recipient(id=Role.OPERATOR.value, hours=ALWAYS, channel="", urgent_channel="")
"""Whom an alarm names when no operator is configured: a row that everyone can see, on no channel."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A recipient and the role in which it is spoken to."""

    role: Role
    recipient: Recipient


def addressed(situation: Situation, duty: Duty, level: Level) -> tuple[Addressed, ...]:
    """Return everyone who holds a level for any owner of the duty, each recipient once; empty if nobody does."""
    found: dict[str, Addressed] = {}
    for owner in duty.owners:
        role = owner if level is Level.OWNER else Role(level.value)
        for recipient in situation.roster.recipients(role, owner, situation.episode, situation.now):
            found.setdefault(recipient.id, Addressed(role, recipient))
    return tuple(found.values())


def operators(situation: Situation, duty: Duty) -> tuple[Addressed, ...]:
    """Return the operators, or a recipient on no channel where none is configured: never nobody."""
    known = situation.roster.recipients(Role.OPERATOR, duty.owners[0], situation.episode, situation.now)
    return tuple(Addressed(Role.OPERATOR, recipient) for recipient in known or (UNROUTED_OPERATOR,))


def addressed_before(situation: Situation, alert: Alert) -> Recipient:
    """Return the recipient of an earlier alert as the roster knows it now.

    One that has left the roster is still told, on the channel of that alert, in the hours of the duty's owner.
    """
    owners = owners_of_key(alert.key)
    for owner in owners:
        for recipient in situation.roster.recipients(alert.role, owner, situation.episode, situation.now):
            if recipient.id == alert.recipient:
                return recipient
    hours = _hours_of(situation, owners)
    return Recipient(id=alert.recipient, hours=hours, channel=alert.channel, urgent_channel=alert.channel)


def _hours_of(situation: Situation, owners: Iterable[Role]) -> StaffingRule:
    for owner in owners:
        if owner is Role.WARD:
            return ALWAYS
        known = situation.roster.hours_of(owner, situation.episode, situation.now)
        if known is not None:
            return known
    return STANDARD


STALE_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Climb:
    """What one step does on one duty's ladder: the rungs that are done, and whom the fired one speaks to.

    `fired` is None where no rung fired; `unanswered` where every rung from the due one on speaks to nobody.
    """

    current: Current
    done: tuple[RungRecord, ...] = ()
    fired: Rung | None = None
    to: tuple[Addressed, ...] = ()
    unanswered: bool = False


def climb(situation: Situation, current: Current) -> Climb:
    """Return what the ladder does now: of several due rungs only the latest fires, one without people passes it on.

    Nothing where nobody has to act any more, or where an acknowledgement holds. Rungs that were due more than 30 days
    before a revision was first looked at are history, and recorded as stale.
    """
    rungs = situation.ladder.rungs_of(current.duty.kind)
    waiting = waiting_rungs(rungs, current, situation.memory)
    due_at = {nth: rungs[nth].due_at(current.duty) for nth in waiting}
    due = [nth for nth, instant in due_at.items() if instant is not None and instant <= situation.now]
    if not due or acknowledged_until(situation, current) is not None:
        return Climb(current)
    latest, since = due[-1], due_at[due[-1]]
    before = [rungs[nth] for nth in waiting if nth < latest]
    if current.new and since is not None and since < situation.now - STALE_AFTER:
        reason = f"due more than {STALE_AFTER.days} days before the first look"
        return Climb(current, _records(situation, current, RungOutcome.STALE, reason, *before, rungs[latest]))
    if latest < max(set(range(len(rungs))) - set(waiting), default=-1):
        reason = "a later rung has spoken already"
        return Climb(current, _records(situation, current, RungOutcome.OVERTAKEN, reason, *before, rungs[latest]))
    reason = f"overtaken by {rungs[latest].name}"
    overtaken = _records(situation, current, RungOutcome.OVERTAKEN, reason, *before)
    return _speak(situation, current, rungs[latest:], overtaken)


def waiting_rungs(rungs: Sequence[Rung], current: Current, memory: Memory) -> list[int]:
    """Return the positions of the rungs of this revision that are not done; none where nobody has to act any more."""
    if not current.duty.status.unresolved:
        return []
    key, revision = current.duty.key, current.revision
    done = {record.rung for record in memory.rungs if record.key == key and record.revision == revision}
    return [nth for nth, rung in enumerate(rungs) if rung.name not in done]


def _speak(situation: Situation, current: Current, rungs: Sequence[Rung], done: tuple[RungRecord, ...]) -> Climb:
    for rung in rungs:
        to = addressed(situation, current.duty, rung.level)
        if to:
            reason = f"to {', '.join(each.recipient.id for each in to)}"
            fired = _records(situation, current, RungOutcome.FIRED, reason, rung)
            return Climb(current, done + fired, fired=rung, to=to)
        done += _records(situation, current, RungOutcome.UNSTAFFED, f"nobody is its {rung.level}", rung)
    return Climb(current, done, unanswered=True)


def _records(
    situation: Situation, current: Current, outcome: RungOutcome, reason: str, *rungs: Rung
) -> tuple[RungRecord, ...]:
    key, revision = current.duty.key, current.revision
    return tuple(RungRecord(key, revision, rung.name, outcome, situation.now, reason) for rung in rungs)


def acknowledged_until(situation: Situation, current: Current) -> datetime | None:
    """Return the instant at which the ladder goes on (that instant included); None if nothing stops it now.

    The latest acknowledgement of the revision counts, for the roster's staffed hours of the responsible unit.
    """
    seen = [
        acknowledgement.at
        for acknowledgement in situation.memory.acknowledgements
        if acknowledgement.key == current.duty.key
        and acknowledgement.revision == current.revision
        and acknowledgement.at <= situation.now
    ]
    if not seen:
        return None
    lasts = timedelta(hours=situation.roster.acknowledged_for_hours)
    until = plain_utc(add_staffed(current.duty.hours, max(seen), staffed=lasts))
    return until if situation.now < until else None
