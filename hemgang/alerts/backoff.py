"""When a failed delivery is tried again, and when another channel takes over (specification 3.4); pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hemgang.alerts.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a channel is retried: each wait doubles from `first` up to `longest`, at most `tries` tries in all.

    `spread`: the share of a wait by which it may grow, so that many alerts do not come back at the same instant.
    `after_unknown`: how many times longer the wait is when the message may have arrived.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)
    tries: int = 5
    spread: float = 0.25
    after_unknown: int = 2


SHIPPED = Backoff()
"""Five tries in about eight minutes, then the fallback channel; the shortest rung is an hour."""


class Then(StrEnum):
    """What follows a try."""

    DONE = "done"
    AGAIN = "again"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class NextTry:
    """What follows a try: on which channel and when (UTC) to try again; `at` is None unless `then` is AGAIN.

    After UNDELIVERED the operator is told.
    """

    then: Then
    channel: str
    at: datetime | None = None


def next_attempt_at(
    attempts: int, outcome: Outcome, now: datetime, reference: str, *, backoff: Backoff = SHIPPED
) -> datetime | None:
    """Return when a channel is tried again after `attempts` tries on it, None when nothing is left to try on it.

    The same arguments give the same instant: the jitter comes from the reference.

    Raises:
        ValueError: no try has been made yet.
    """
    if attempts < 1:
        raise ValueError("a next try follows at least one try")
    if outcome is Outcome.DELIVERED or attempts >= backoff.tries:
        return None
    wait = backoff.first * (1 << min(attempts - 1, 30))
    if outcome is Outcome.UNKNOWN:
        wait *= backoff.after_unknown
    return now + min(wait, backoff.longest) * (1 + backoff.spread * _jitter(reference, attempts))


def next_try(
    attempts: int,
    outcome: Outcome,
    now: datetime,
    reference: str,
    *,
    channel: str,
    fallback: str | None,
    backoff: Backoff = SHIPPED,
) -> NextTry:
    """Return what follows try number `attempts` on `channel`: the same channel later, its fallback at once, or the end.

    Raises:
        ValueError: no try has been made yet.
    """
    again = next_attempt_at(attempts, outcome, now, reference, backoff=backoff)
    if outcome is Outcome.DELIVERED:
        return NextTry(Then.DONE, channel)
    if again is not None:
        return NextTry(Then.AGAIN, channel, again)
    if fallback is not None:
        return NextTry(Then.AGAIN, fallback, now)
    return NextTry(Then.UNDELIVERED, channel)


def _jitter(reference: str, attempts: int) -> float:
    """Return a number from 0 up to, not including, 1, fixed by the reference and the try."""
    digest = hashlib.sha256(f"{reference}/{attempts}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
