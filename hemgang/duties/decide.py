"""One step of an episode's duties: what is new, who is told, what is dropped, and when to look again (3.1, 3.2).

Releasing: what was held is read again when its digest comes, and dropped if it is no longer true (3.2).

What becomes of what was said once a duty is met, void, moved or gone: unsent is dropped, the told are told (3.2).

The alerts of a fired rung, one for each recipient, and the alarm to the operator where nobody can be told (3.2).

Holding: what is not urgent waits for its recipient's next digest (07:45 and 12:45 as shipped; specification 3.2).

What a step leaves behind: the memory with its decisions in it, which is exactly what a store has to write.

Revisions: a duty whose due moved, or that is open again, starts anew and says why (specification 3.1).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from calendars.staffing import window_of
from calendars.timezone import at_local, local_date, plain_utc
from hemgang.duties.escalation import (
    OPERATOR_RUNG,
    RESOLVED_RUNG,
    Addressed,
    Climb,
    Current,
    Ladder,
    Situation,
    addressed_before,
    climb,
    next_wake,
    operators,
)
from hemgang.duties.model import Alert, AlertKind, AlertState, Duty, DutyRecord, Memory, Revision, Status, Step
from hemgang.duties.roster import Recipient, Roster
from hemgang.duties.rules import when
from hemgang.episode.model import Episode
from hemgang.errors import ConfigurationError


def step(
    episode: Episode, duties: Sequence[Duty], memory: Memory, roster: Roster, ladder: Ladder, now: datetime
) -> Step:
    """Decide everything that follows at `now` from an episode's duties and what was said before; pure.

    `duties` are those of `duties_of` at the same `now`. Done again at the same instant on the memory it leaves,
    it decides nothing.

    Raises:
        ConfigurationError: a recipient of something not urgent has no digest within a year.
    """
    currents = current_revisions(duties, memory)
    situation = Situation(episode, currents, memory, roster, ladder, now)
    resolved = tuple(drop_and_tell(situation))
    dropped = frozenset(name_of(alert) for alert in resolved if alert.state is AlertState.DROPPED)
    climbs = [climb(situation, current) for current in currents.values()]
    decided = Step(
        revisions=tuple(changes(currents, memory)),
        withdrawn_keys=withdrawn_keys(currents, memory),
        rungs=tuple(record for climbed in climbs for record in climbed.done),
        alerts=(
            *resolved,
            *release(situation, dropped),
            *(alert for climbed in climbs for alert in alerts_of(situation, climbed)),
        ),
        next_wake=None,
    )
    return replace(decided, next_wake=next_wake(situation, remember(memory, decided)))


def release(situation: Situation, dropped: frozenset[tuple[str, int, str, str]]) -> Iterator[Alert]:
    """Yield held alerts whose digest has come, as pending with the status of now, and false notes as dropped.

    `dropped`: alerts (key, revision, rung, recipient) that this step has dropped already. A note is false where it
    says that a duty is over which is open again; a later note to the same recipient replaces an earlier one.
    """
    latest = _latest_notes(situation)
    for alert in situation.memory.alerts:
        if not _is_up(situation, alert) or name_of(alert) in dropped:
            continue
        status = status_now(situation, alert.key)
        if alert.kind is AlertKind.RESOLVED and status.unresolved and not alert.duty_status.unresolved:
            yield replace(alert, state=AlertState.DROPPED, reason="the duty is open again")
        elif alert.kind is AlertKind.RESOLVED and alert.revision < latest[alert.key, alert.recipient]:
            yield replace(alert, state=AlertState.DROPPED, reason="a later note says it")
        elif alert.state is AlertState.HELD:
            kind = AlertKind.MISSED if alert.kind is AlertKind.REMINDER and status is Status.MISSED else alert.kind
            yield replace(alert, state=AlertState.PENDING, kind=kind, duty_status=status)


def _is_up(situation: Situation, alert: Alert) -> bool:
    """Whether an unsent alert is to be read again: at its digest, and a released note as long as it is not sent."""
    if alert.state is AlertState.HELD:
        return alert.release_at <= situation.now
    return alert.state is AlertState.PENDING and alert.kind is AlertKind.RESOLVED


def _latest_notes(situation: Situation) -> dict[tuple[str, str], int]:
    latest: dict[tuple[str, str], int] = {}
    for alert in situation.memory.alerts:
        if alert.kind is AlertKind.RESOLVED and alert.state is not AlertState.DROPPED:
            about = (alert.key, alert.recipient)
            latest[about] = max(latest.get(about, 0), alert.revision)
    return latest


CALLS_TO_ACT = frozenset({AlertKind.REMINDER, AlertKind.MISSED})
UNSENT = frozenset({AlertState.HELD, AlertState.PENDING})
TOLD = frozenset({AlertState.DELIVERED, AlertState.UNDELIVERED})
"""States in which a recipient may have been told; so it may have been by a pending alert whose sending has begun."""


def drop_and_tell(situation: Situation) -> Iterator[Alert]:
    """Yield calls to act that are no longer true, as dropped, and one resolved note for each recipient who was told.

    A note belongs to the revision that was spoken of, is made once, and waits for the recipient's next digest.
    """
    noted = {
        (alert.key, alert.revision, alert.recipient)
        for alert in situation.memory.alerts
        if alert.kind is AlertKind.RESOLVED
    }
    for alert in situation.memory.alerts:
        reason = _why_over(situation, alert) if alert.kind in CALLS_TO_ACT else None
        if reason is None:
            continue
        if alert.state in UNSENT:
            yield replace(alert, state=AlertState.DROPPED, reason=reason)
        about = (alert.key, alert.revision, alert.recipient)
        if _told(alert) and about not in noted:
            noted.add(about)
            yield _note(situation, alert)


def _told(alert: Alert) -> bool:
    return alert.state in TOLD or (alert.state is AlertState.PENDING and alert.bundled)


def status_now(situation: Situation, key: str) -> Status:
    """Return where a duty stands now; one that no longer exists is void."""
    current = situation.currents.get(key)
    return Status.VOID if current is None else current.duty.status


def _why_over(situation: Situation, alert: Alert) -> str | None:
    current = situation.currents.get(alert.key)
    if current is None:
        return "the duty no longer exists"
    if not current.duty.status.unresolved:
        return f"the duty is {current.duty.status.replace('_', ' ')}"
    if current.revision > alert.revision:
        return f"revision {current.revision}: {current.reason}" if current.new else "an earlier revision"
    return None


def _note(situation: Situation, told: Alert) -> Alert:
    recipient = addressed_before(situation, told)
    return replace(
        told,
        rung=RESOLVED_RUNG,
        kind=AlertKind.RESOLVED,
        channel=recipient.channel,
        urgent=False,
        fired_at=situation.now,
        release_at=next_digest(situation.roster, recipient, situation.now),
        duty_status=status_now(situation, told.key),
        state=AlertState.HELD,
        reason="",
    )


def alerts_of(situation: Situation, climbed: Climb) -> Iterator[Alert]:
    """Yield the alerts of one climb: a reminder while open, a miss once missed, the alarm where nobody answers."""
    if climbed.fired is not None:
        kind = AlertKind.MISSED if climbed.current.duty.status is Status.MISSED else AlertKind.REMINDER
        for each in climbed.to:
            yield _alert(situation, climbed.current, each, climbed.fired.name, kind, urgent=climbed.fired.urgent)
    elif climbed.unanswered:
        for each in operators(situation, climbed.current.duty):
            yield _alert(situation, climbed.current, each, OPERATOR_RUNG, AlertKind.OPERATOR, urgent=True)


def _alert(situation: Situation, current: Current, to: Addressed, rung: str, kind: AlertKind, *, urgent: bool) -> Alert:
    now, recipient = situation.now, to.recipient
    return Alert(
        episode=situation.episode.id,
        key=current.duty.key,
        revision=current.revision,
        rung=rung,
        kind=kind,
        role=to.role,
        recipient=recipient.id,
        channel=recipient.urgent_channel if urgent else recipient.channel,
        urgent=urgent,
        fired_at=now,
        release_at=now if urgent else next_digest(situation.roster, recipient, now),
        duty_status=current.duty.status,
        state=AlertState.PENDING if urgent else AlertState.HELD,
    )


ONE_DAY = timedelta(days=1)
LONGEST_WAIT_DAYS = 366


def next_digest(roster: Roster, recipient: Recipient, after: datetime) -> datetime:
    """Return the first digest time (UTC) strictly after an instant, on a local date on which the recipient is staffed.

    Raises:
        ConfigurationError: no digest times are set, or the recipient is not staffed on any day of a year.
    """
    day = local_date(after)
    for _ in range(LONGEST_WAIT_DAYS):
        if window_of(recipient.hours, day) is not None:
            for clock in sorted(roster.digests):
                slot = plain_utc(at_local(day, clock))
                if slot > after:
                    return slot
        day += ONE_DAY
    raise ConfigurationError(f"{recipient.id} has no digest within a year: no digest times, or hours on no day")


def remember(memory: Memory, step: Step) -> Memory:
    """Return the memory after a step: duties revised or taken out, rungs added, alerts replaced by their name.

    The same step written twice leaves the same memory.
    """
    return Memory(
        duties=tuple(_duties(memory, step).values()),
        rungs=tuple(dict.fromkeys((*memory.rungs, *step.rungs))),
        alerts=tuple({name_of(alert): alert for alert in (*memory.alerts, *step.alerts)}.values()),
        acknowledgements=memory.acknowledgements,
    )


def name_of(alert: Alert) -> tuple[str, int, str, str]:
    """Return what tells the alerts of one episode apart: key, revision, rung and recipient."""
    return (alert.key, alert.revision, alert.rung, alert.recipient)


def _duties(memory: Memory, step: Step) -> dict[str, DutyRecord]:
    records = {record.key: record for record in memory.duties if record.key not in step.withdrawn_keys}
    return records | {revision.duty.key: _record(revision) for revision in step.revisions}


def _record(revision: Revision) -> DutyRecord:
    duty = revision.duty
    return DutyRecord(duty.key, revision.revision, duty.strict_due, duty.practical_due, duty.status)


def current_revisions(duties: Sequence[Duty], memory: Memory) -> dict[str, Current]:
    """Return every duty by key with its revision: one higher than stored where it moved or is open again.

    Open again is: met, void, gone or missed before, and now to be done by someone. Then rungs and notes of the
    revision before are history, and the ladder starts from its first rung.
    """
    records = {record.key: record for record in memory.duties}
    return {duty.key: _current(duty, records.get(duty.key), memory) for duty in duties}


def changes(currents: Mapping[str, Current], memory: Memory) -> Iterator[Revision]:
    """Yield what has to be stored anew: new revisions, and duties of the same revision whose status changed."""
    records = {record.key: record for record in memory.duties}
    for key, current in currents.items():
        record = records.get(key)
        if record is None or current.new:
            yield Revision(current.duty, current.revision, current.reason)
        elif record.status is not current.duty.status:
            reason = f"{record.status} before, {current.duty.status} now"
            yield Revision(current.duty, current.revision, reason)


def withdrawn_keys(currents: Mapping[str, Current], memory: Memory) -> tuple[str, ...]:
    """Return the keys of stored duties that no longer exist; their records go, what was said of them stays."""
    return tuple(record.key for record in memory.duties if record.key not in currents)


def _current(duty: Duty, record: DutyRecord | None, memory: Memory) -> Current:
    if record is None:
        revision = 1 + _highest(duty.key, memory)
        return Current(duty, revision, new=True, reason="opened" if revision == 1 else "exists again")
    reason = _moved(duty, record) or _open_again(duty, record)
    if reason is None:
        return Current(duty, record.revision, new=False, reason="")
    return Current(duty, record.revision + 1, new=True, reason=reason)


def _highest(key: str, memory: Memory) -> int:
    """The highest revision that anything was said about, for a duty whose record is not stored."""
    told = [alert.revision for alert in memory.alerts if alert.key == key]
    done = [rung.revision for rung in memory.rungs if rung.key == key]
    return max((*told, *done), default=0)


def _moved(duty: Duty, record: DutyRecord) -> str | None:
    if duty.strict_due != record.strict_due:
        return f"due moved from {when(record.strict_due)} to {when(duty.strict_due)}"
    if duty.practical_due != record.practical_due:
        return f"practical due moved from {when(record.practical_due)} to {when(duty.practical_due)}"
    return None


def _open_again(duty: Duty, record: DutyRecord) -> str | None:
    if not duty.status.unresolved or record.status is Status.OPEN or duty.status is record.status:
        return None
    return f"open again, {record.status} before"
