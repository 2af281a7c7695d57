"""Revisions: a duty whose due moved, or that is open again, starts anew and says why (specification 3.1)."""

from collections.abc import Iterator, Mapping, Sequence

from hemgang.duties.model import Duty, DutyRecord, Memory, Revision, Status
from hemgang.duties.sentences import when
from hemgang.duties.situation import Current


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
