"""Which rungs of a duty's ladder are due, and what becomes of each: fired, overtaken, unstaffed or stale (3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hemgang.duties.acknowledging import acknowledged_until
from hemgang.duties.addressing import Addressed, addressed
from hemgang.duties.ladder import Rung
from hemgang.duties.model import Memory, RungOutcome, RungRecord
from hemgang.duties.situation import Current, Situation

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
