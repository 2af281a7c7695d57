"""The next instant at which something may be due for an episode, so that nobody has to look before (3.2)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from calendars.zone import plain_utc, start_of_day
from hemgang.duties.acknowledging import acknowledged_until
from hemgang.duties.at_instant import instants_of
from hemgang.duties.model import Alert, AlertState, Memory, Status
from hemgang.duties.rungs import waiting_rungs
from hemgang.duties.situation import Situation


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
