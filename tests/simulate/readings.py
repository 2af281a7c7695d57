"""Reads simulated lines back the way the engine does; for the tests of the simulation only."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.messages.model import Accepted, Message, Rejection
from hemgang.messages.readers import read_object
from hemgang.messages.validation import read_message
from hemgang.simulate import timed_lines

START, END = date(2023, 4, 1), date(2023, 4, 30)
MONTH_OVER = datetime(2023, 4, 30, 22, tzinfo=UTC)

Timed = tuple[tuple[datetime, str], ...]


@cache
def april(*, seed: int = 1, dirt: float = 0.0, discharges: int = 400, region: str = "23") -> Timed:
    """Return the demo's month: each line with its arrival."""
    return tuple(timed_lines(region, start=START, end=END, seed=seed, discharges=discharges, dirt=dirt))


def objects(timed: Iterable[tuple[datetime, str]]) -> Iterator[dict[str, Any]]:
    """Yield the object of each line; all of them must be JSON."""
    return (read_object(line) for _, line in timed)


def reading(line: str, *, now: datetime = MONTH_OVER) -> Accepted | Rejection | None:
    """Read a line as ingest does, None where it is no JSON."""
    try:
        return read_message(read_object(line), now=now)
    except ValueError:
        return None


def messages(timed: Iterable[tuple[datetime, str]]) -> list[Message]:
    """Return the accepted messages, the first of each id."""
    found: dict[str, Message] = {}
    for _, line in timed:
        read = reading(line)
        if isinstance(read, Accepted):
            found.setdefault(read.message.id, read.message)
    return list(found.values())


def episodes(timed: Iterable[tuple[datetime, str]]) -> list[Episode]:
    """Return the stays that the accepted messages make."""
    by_episode: dict[str, list[Message]] = {}
    for message in messages(timed):
        by_episode.setdefault(message.episode, []).append(message)
    return [fold(said, episode=name) for name, said in by_episode.items()]


def ready_days(stays: Iterable[Episode]) -> Iterator[tuple[str, int]]:
    """Yield payer and ready days of each stay that was discharged in the month after a ready notice."""
    for stay in stays:
        period = stay.final_period
        left = period.end_date() if period else None
        if period is not None and left is not None and START <= left <= END:
            yield stay.payers[-1].payer, period.days(until=left)
