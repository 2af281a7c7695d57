"""What a step leaves behind: the memory with its decisions in it, which is exactly what a store has to write."""

from hemgang.duties.model import Alert, DutyRecord, Memory, Revision, Step


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
