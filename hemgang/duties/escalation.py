"""The ladder (eskaleringstrappa): which rungs of an open duty are due, what becomes of each, who hears of it (3.2).

`escalate` is the climb of one duty in one step, `next_wake` the next instant at which anything may be due. Of several
due rungs only the latest fires; one without people passes to the next; an acknowledgement stops the ladder for some
hours. Whom a level, the operator or an earlier alert means, the roster says.
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
)
from hemgang.duties.roster import Recipient, Roster
from hemgang.duties.rules import owners_of_key
from hemgang.episode.model import Episode, instants_of

NOTHING = timedelta(0)
RESOLVED_RUNG = "resolved"
OPERATOR_RUNG = "operator"
RESERVED = frozenset({RESOLVED_RUNG, OPERATOR_RUNG})
"""Names in the log that are no rungs of a ladder: the note that a duty is over, and the alarm to the operator."""

STALE_AFTER = timedelta(days=30)
UNROUTED_OPERATOR = Recipient(id=Role.OPERATOR.value, hours=ALWAYS, channel="", urgent_channel="")
"""Whom an alarm names when no operator is configured: a row that everyone can see, on no channel."""


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
class DutyRevision:
    """A duty with its revision; `new` where the revision begins in this step, with the reason."""

    duty: Duty
    revision: int
    new: bool
    reason: str


@dataclass(frozen=True, slots=True)
class StepContext:
    """What every stage of a step looks at. `currents`: every duty there is now, by key; `memory`: what was before."""

    episode: Episode
    currents: Mapping[str, DutyRevision]
    memory: Memory
    roster: Roster
    ladder: Ladder
    now: datetime


@dataclass(frozen=True, slots=True)
class AddressedRecipient:
    """A recipient and the role in which it is spoken to."""

    role: Role
    recipient: Recipient


@dataclass(frozen=True, slots=True)
class Escalation:
    """What one step does on one duty's ladder: the rungs that are done, and whom the fired one speaks to.

    `fired` is None where no rung fired; `unanswered` where every rung from the due one on speaks to nobody.
    """

    current: DutyRevision
    done: tuple[RungRecord, ...] = ()
    fired: Rung | None = None
    to: tuple[AddressedRecipient, ...] = ()
    unanswered: bool = False


def escalate(context: StepContext, current: DutyRevision) -> Escalation:
    """Return what the ladder does now: of several due rungs only the latest fires, one without people passes it on.

    Nothing where nobody has to act any more, or where an acknowledgement holds. Rungs that were due more than 30 days
    before a revision was first looked at are history, and recorded as stale.
    """
    rungs = context.ladder.rungs_of(current.duty.kind)
    waiting = waiting_rungs(rungs, current, context.memory)
    due_at = {nth: rungs[nth].due_at(current.duty) for nth in waiting}
    due = [nth for nth, instant in due_at.items() if instant is not None and instant <= context.now]
    if not due or acknowledged_until(context, current) is not None:
        return Escalation(current)
    latest, since = due[-1], due_at[due[-1]]
    before = [rungs[nth] for nth in waiting if nth < latest]
    if current.new and since is not None and since < context.now - STALE_AFTER:
        reason = f"due more than {STALE_AFTER.days} days before the first look"
        return Escalation(current, _records(context, current, RungOutcome.STALE, reason, *before, rungs[latest]))
    if latest < max(set(range(len(rungs))) - set(waiting), default=-1):
        reason = "a later rung has spoken already"
        return Escalation(current, _records(context, current, RungOutcome.OVERTAKEN, reason, *before, rungs[latest]))
    reason = f"overtaken by {rungs[latest].name}"
    overtaken = _records(context, current, RungOutcome.OVERTAKEN, reason, *before)
    return _speak(context, current, rungs[latest:], overtaken)


def next_wake(context: StepContext, after: Memory) -> datetime | None:
    """Return the earliest later instant (UTC) of a rung, miss, digest, end of an acknowledgement or dated-ahead fact.

    `after` is the memory with this step's decisions in it. None when nothing is coming.
    """
    now = context.now
    coming = (
        *_wakes_of_duties(context, after),
        *_digests_of(after.alerts),
        *instants_of(context.episode),
        *(start_of_day(payer.since) for payer in context.episode.payers),
        *(start_of_day(entered.since) for entered in context.episode.regions),
    )
    first = min((instant for instant in coming if instant > now), default=None)
    return None if first is None else plain_utc(first)


def waiting_rungs(rungs: Sequence[Rung], current: DutyRevision, memory: Memory) -> list[int]:
    """Return the positions of the rungs of this revision that are not done; none where nobody has to act any more."""
    if not current.duty.status.unresolved:
        return []
    key, revision = current.duty.key, current.revision
    done = {record.rung for record in memory.rungs if record.key == key and record.revision == revision}
    return [nth for nth, rung in enumerate(rungs) if rung.name not in done]


def acknowledged_until(context: StepContext, current: DutyRevision) -> datetime | None:
    """Return the instant at which the ladder goes on (that instant included); None if nothing stops it now.

    The latest acknowledgement of the revision counts, for the roster's staffed hours of the responsible unit.
    """
    seen = [
        acknowledgement.at
        for acknowledgement in context.memory.acknowledgements
        if acknowledgement.key == current.duty.key
        and acknowledgement.revision == current.revision
        and acknowledgement.at <= context.now
    ]
    if not seen:
        return None
    lasts = timedelta(hours=context.roster.acknowledged_for_hours)
    until = plain_utc(add_staffed(current.duty.hours, max(seen), staffed=lasts))
    return until if context.now < until else None


def recipients_at(context: StepContext, duty: Duty, level: Level) -> tuple[AddressedRecipient, ...]:
    """Return everyone who holds a level for any owner of the duty, each recipient once; empty if nobody does."""
    found: dict[str, AddressedRecipient] = {}
    for owner in duty.owners:
        role = owner if level is Level.OWNER else Role(level.value)
        for recipient in context.roster.recipients(role, owner, context.episode, context.now):
            found.setdefault(recipient.id, AddressedRecipient(role, recipient))
    return tuple(found.values())


def operators(context: StepContext, duty: Duty) -> tuple[AddressedRecipient, ...]:
    """Return the operators, or a recipient on no channel where none is configured: never nobody."""
    known = context.roster.recipients(Role.OPERATOR, duty.owners[0], context.episode, context.now)
    return tuple(AddressedRecipient(Role.OPERATOR, recipient) for recipient in known or (UNROUTED_OPERATOR,))


def recipient_of(context: StepContext, alert: Alert) -> Recipient:
    """Return the recipient of an earlier alert as the roster knows it now.

    One that has left the roster is still told, on the channel of that alert, in the hours of the duty's owner.
    """
    owners = owners_of_key(alert.key)
    for owner in owners:
        for recipient in context.roster.recipients(alert.role, owner, context.episode, context.now):
            if recipient.id == alert.recipient:
                return recipient
    hours = _hours_of(context, owners)
    return Recipient(id=alert.recipient, hours=hours, channel=alert.channel, urgent_channel=alert.channel)


def _speak(
    context: StepContext, current: DutyRevision, rungs: Sequence[Rung], done: tuple[RungRecord, ...]
) -> Escalation:
    for rung in rungs:
        to = recipients_at(context, current.duty, rung.level)
        if to:
            reason = f"to {', '.join(each.recipient.id for each in to)}"
            fired = _records(context, current, RungOutcome.FIRED, reason, rung)
            return Escalation(current, done + fired, fired=rung, to=to)
        done += _records(context, current, RungOutcome.UNSTAFFED, f"nobody is its {rung.level}", rung)
    return Escalation(current, done, unanswered=True)


def _records(
    context: StepContext, current: DutyRevision, outcome: RungOutcome, reason: str, *rungs: Rung
) -> tuple[RungRecord, ...]:
    key, revision = current.duty.key, current.revision
    return tuple(RungRecord(key, revision, rung.name, outcome, context.now, reason) for rung in rungs)


def _wakes_of_duties(context: StepContext, after: Memory) -> Iterator[datetime]:
    for current in context.currents.values():
        duty = current.duty
        if duty.status is Status.OPEN and duty.miss_at is not None:
            yield duty.miss_at
        rungs = context.ladder.rungs_of(duty.kind)
        waiting = [rungs[nth].due_at(duty) for nth in waiting_rungs(rungs, current, after)]
        until = acknowledged_until(context, current) if waiting else None
        if until is not None:
            yield until
        else:
            yield from (due_at for due_at in waiting if due_at is not None)


def _digests_of(alerts: Iterable[Alert]) -> Iterator[datetime]:
    return (alert.release_at for alert in alerts if alert.state is AlertState.HELD)


def _hours_of(context: StepContext, owners: Iterable[Role]) -> StaffingRule:
    for owner in owners:
        if owner is Role.WARD:
            return ALWAYS
        known = context.roster.hours_of(owner, context.episode, context.now)
        if known is not None:
            return known
    return STANDARD
