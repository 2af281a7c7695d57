"""One step of an episode's duties: what is new, who is told, what is dropped, and when to look again (3.1, 3.2).

`STAGES` is the way of a step, in order. Each stage sees the step as decided so far and adds to it; every alert that is
dropped and every rung that is done carries the reason. `apply` writes a step into the memory. Pure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from calendars.staffing import window_of
from calendars.timezone import at_local, local_date, plain_utc
from hemgang.duties.escalation import (
    OPERATOR_RUNG,
    RESOLVED_RUNG,
    AddressedRecipient,
    DutyRevision,
    Escalation,
    Ladder,
    StepContext,
    escalate,
    next_wake,
    operators,
    recipient_of,
)
from hemgang.duties.model import Alert, AlertKind, AlertState, Duty, DutyRecord, Memory, Revision, Status, Step
from hemgang.duties.roster import Recipient, Roster
from hemgang.duties.rules import when
from hemgang.episode.model import Episode
from hemgang.errors import ConfigurationError

CALLS_TO_ACT = frozenset({AlertKind.REMINDER, AlertKind.MISSED})
UNSENT = frozenset({AlertState.HELD, AlertState.PENDING})
SENT = frozenset({AlertState.DELIVERED, AlertState.UNDELIVERED})
"""States in which a recipient may have read it; so it may have been by a pending alert whose sending has begun."""

ONE_DAY = timedelta(days=1)
LONGEST_WAIT_DAYS = 366


def decide(
    episode: Episode, duties: Sequence[Duty], memory: Memory, roster: Roster, ladder: Ladder, now: datetime
) -> Step:
    """Decide everything that follows at `now` from an episode's duties and what was said before; pure.

    `duties` are those of `duties_of` at the same `now`. Done again at the same instant on the memory it leaves,
    it decides nothing.

    Raises:
        ConfigurationError: a recipient of something not urgent has no digest within a year.
    """
    context = StepContext(episode, current_revisions(duties, memory), memory, roster, ladder, now)
    decided = Step(revisions=(), withdrawn_keys=(), rungs=(), alerts=(), next_wake=None)
    for stage in STAGES:
        decided = stage(context, decided)
    return decided


def apply(memory: Memory, step: Step) -> Memory:
    """Return the memory after a step: duties revised or taken out, rungs added, alerts replaced by their identity.

    The same step written twice leaves the same memory.
    """
    records = {record.key: record for record in memory.duties if record.key not in step.withdrawn_keys}
    records |= {revision.duty.key: _record(revision) for revision in step.revisions}
    return Memory(
        duties=tuple(records.values()),
        rungs=tuple(dict.fromkeys((*memory.rungs, *step.rungs))),
        alerts=tuple({alert_identity(alert): alert for alert in (*memory.alerts, *step.alerts)}.values()),
        acknowledgements=memory.acknowledgements,
    )


def alert_identity(alert: Alert) -> tuple[str, int, str, str]:
    """Return what tells the alerts of one episode apart: key, revision, rung and recipient."""
    return (alert.key, alert.revision, alert.rung, alert.recipient)


def next_digest(roster: Roster, recipient: Recipient, after: datetime) -> datetime:
    """Return the first digest time (UTC) strictly after an instant, on a local date on which the recipient is staffed.

    Digests are at 07:45 and 12:45 as shipped (specification 3.2).

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


def current_revisions(duties: Sequence[Duty], memory: Memory) -> dict[str, DutyRevision]:
    """Return every duty by key with its revision: one higher than stored where it moved or is open again.

    Open again is: met, void, gone or missed before, and now to be done by someone. Then rungs and notes of the
    revision before are history, and the ladder starts from its first rung.
    """
    records = {record.key: record for record in memory.duties}
    return {duty.key: _current(duty, records.get(duty.key), memory) for duty in duties}


def record_revisions(context: StepContext, step: Step) -> Step:
    """Add new revisions, duties whose status changed, and the keys of those that no longer exist.

    The records of the last go; what was said of them stays.
    """
    withdrawn = (record.key for record in context.memory.duties if record.key not in context.currents)
    changed = tuple(_changed_revisions(context.currents, context.memory))
    return replace(step, revisions=changed, withdrawn_keys=tuple(withdrawn))


def resolve_alerts(context: StepContext, step: Step) -> Step:
    """Drop calls to act that are no longer true, and add one resolved note for each recipient who may have read one.

    A note belongs to the revision that was spoken of, is made once, and waits for the recipient's next digest.
    """
    return replace(step, alerts=(*step.alerts, *_resolved(context)))


def release_held(context: StepContext, step: Step) -> Step:
    """Turn held alerts whose digest has come into pending ones with the status of now, and drop false notes.

    A note is false where it says that a duty is over which is open again; a later note to the same recipient replaces
    an earlier one. What this step has dropped already stays dropped.
    """
    return replace(step, alerts=(*step.alerts, *_released(context, step)))


def escalate_duties(context: StepContext, step: Step) -> Step:
    """Climb the ladder of every duty: the rungs that are done, and the alerts of those that fired."""
    escalations = [escalate(context, current) for current in context.currents.values()]
    return replace(
        step,
        rungs=tuple(record for one in escalations for record in one.done),
        alerts=(*step.alerts, *(alert for one in escalations for alert in _alerts_of(context, one))),
    )


def schedule_wake(context: StepContext, step: Step) -> Step:
    """Set when to look again, from the memory that the step leaves."""
    return replace(step, next_wake=next_wake(context, apply(context.memory, step)))


Stage = Callable[[StepContext, Step], Step]
STAGES: tuple[Stage, ...] = (record_revisions, resolve_alerts, release_held, escalate_duties, schedule_wake)


def _current(duty: Duty, record: DutyRecord | None, memory: Memory) -> DutyRevision:
    if record is None:
        revision = 1 + _highest_revision(duty.key, memory)
        return DutyRevision(duty, revision, new=True, reason="opened" if revision == 1 else "exists again")
    reason = _moved(duty, record) or _open_again(duty, record)
    if reason is None:
        return DutyRevision(duty, record.revision, new=False, reason="")
    return DutyRevision(duty, record.revision + 1, new=True, reason=reason)


def _highest_revision(key: str, memory: Memory) -> int:
    """The highest revision that anything was said about, for a duty whose record is not stored."""
    alerted = [alert.revision for alert in memory.alerts if alert.key == key]
    done = [rung.revision for rung in memory.rungs if rung.key == key]
    return max((*alerted, *done), default=0)


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


def _changed_revisions(currents: Mapping[str, DutyRevision], memory: Memory) -> Iterator[Revision]:
    records = {record.key: record for record in memory.duties}
    for key, current in currents.items():
        record = records.get(key)
        if record is None or current.new:
            yield Revision(current.duty, current.revision, current.reason)
        elif record.status is not current.duty.status:
            reason = f"{record.status} before, {current.duty.status} now"
            yield Revision(current.duty, current.revision, reason)


def _record(revision: Revision) -> DutyRecord:
    duty = revision.duty
    return DutyRecord(duty.key, revision.revision, duty.strict_due, duty.practical_due, duty.status)


def _resolved(context: StepContext) -> Iterator[Alert]:
    noted = {
        (alert.key, alert.revision, alert.recipient)
        for alert in context.memory.alerts
        if alert.kind is AlertKind.RESOLVED
    }
    for alert in context.memory.alerts:
        reason = _why_over(context, alert) if alert.kind in CALLS_TO_ACT else None
        if reason is None:
            continue
        if alert.state in UNSENT:
            yield replace(alert, state=AlertState.DROPPED, reason=reason)
        about = (alert.key, alert.revision, alert.recipient)
        if _may_be_read(alert) and about not in noted:
            noted.add(about)
            yield _note(context, alert)


def _why_over(context: StepContext, alert: Alert) -> str | None:
    """Why a call to act is no longer true; None while it is."""
    current = context.currents.get(alert.key)
    if current is None:
        return "the duty no longer exists"
    if not current.duty.status.unresolved:
        return f"the duty is {current.duty.status.replace('_', ' ')}"
    if current.revision > alert.revision:
        return f"revision {current.revision}: {current.reason}" if current.new else "an earlier revision"
    return None


def _may_be_read(alert: Alert) -> bool:
    return alert.state in SENT or (alert.state is AlertState.PENDING and alert.bundled)


def _note(context: StepContext, alert: Alert) -> Alert:
    recipient = recipient_of(context, alert)
    return replace(
        alert,
        rung=RESOLVED_RUNG,
        kind=AlertKind.RESOLVED,
        channel=recipient.channel,
        urgent=False,
        fired_at=context.now,
        release_at=next_digest(context.roster, recipient, context.now),
        duty_status=_status_now(context, alert.key),
        state=AlertState.HELD,
        reason="",
    )


def _status_now(context: StepContext, key: str) -> Status:
    """Where a duty stands now; one that no longer exists is void."""
    current = context.currents.get(key)
    return Status.VOID if current is None else current.duty.status


def _released(context: StepContext, step: Step) -> Iterator[Alert]:
    dropped = frozenset(alert_identity(alert) for alert in step.alerts if alert.state is AlertState.DROPPED)
    latest = _latest_notes(context)
    for alert in context.memory.alerts:
        if not _to_be_released(context, alert) or alert_identity(alert) in dropped:
            continue
        status = _status_now(context, alert.key)
        reason = _why_false(alert, status, latest) if alert.kind is AlertKind.RESOLVED else None
        if reason is not None:
            yield replace(alert, state=AlertState.DROPPED, reason=reason)
        elif alert.state is AlertState.HELD:
            kind = AlertKind.MISSED if alert.kind is AlertKind.REMINDER and status is Status.MISSED else alert.kind
            yield replace(alert, state=AlertState.PENDING, kind=kind, duty_status=status)


def _to_be_released(context: StepContext, alert: Alert) -> bool:
    """Whether an unsent alert is to be read again: at its digest, and a released note as long as it is not sent."""
    if alert.state is AlertState.HELD:
        return alert.release_at <= context.now
    return alert.state is AlertState.PENDING and alert.kind is AlertKind.RESOLVED


def _why_false(note: Alert, status: Status, latest: Mapping[tuple[str, str], int]) -> str | None:
    """Why a resolved note must not go out; None where it is true and the latest."""
    if status.unresolved and not note.duty_status.unresolved:
        return "the duty is open again"
    if note.revision < latest[note.key, note.recipient]:
        return "a later note says it"
    return None


def _latest_notes(context: StepContext) -> dict[tuple[str, str], int]:
    """The highest revision of a note that is not dropped, by duty and recipient."""
    latest: dict[tuple[str, str], int] = {}
    for alert in context.memory.alerts:
        if alert.kind is AlertKind.RESOLVED and alert.state is not AlertState.DROPPED:
            about = (alert.key, alert.recipient)
            latest[about] = max(latest.get(about, 0), alert.revision)
    return latest


def _alerts_of(context: StepContext, escalation: Escalation) -> Iterator[Alert]:
    """One alert for each recipient: a reminder while open, a miss once missed, the alarm where nobody answers."""
    current = escalation.current
    if escalation.fired is not None:
        kind = AlertKind.MISSED if current.duty.status is Status.MISSED else AlertKind.REMINDER
        for each in escalation.to:
            yield _alert(context, current, each, escalation.fired.name, kind, urgent=escalation.fired.urgent)
    elif escalation.unanswered:
        for each in operators(context, current.duty):
            yield _alert(context, current, each, OPERATOR_RUNG, AlertKind.OPERATOR, urgent=True)


def _alert(
    context: StepContext, current: DutyRevision, to: AddressedRecipient, rung: str, kind: AlertKind, *, urgent: bool
) -> Alert:
    now, recipient = context.now, to.recipient
    return Alert(
        episode=context.episode.id,
        key=current.duty.key,
        revision=current.revision,
        rung=rung,
        kind=kind,
        role=to.role,
        recipient=recipient.id,
        channel=recipient.urgent_channel if urgent else recipient.channel,
        urgent=urgent,
        fired_at=now,
        release_at=now if urgent else next_digest(context.roster, recipient, now),
        duty_status=current.duty.status,
        state=AlertState.PENDING if urgent else AlertState.HELD,
    )
