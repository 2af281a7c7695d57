"""What became of a try to deliver, when it is tried again, and when another channel takes over (3.4).

A breaker keeps one silent address from being asked by every message of a sweep.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock


class Outcome(StrEnum):
    """Delivered: the channel took it. Failed: it did not. Unknown: no answer in time, it may have arrived."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a try ended as it did, in words that hold no address and no content."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    BAD_ADDRESS = "bad_address"
    BROKE = "broke"
    CHANNEL_SILENT = "channel_silent"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its outcome, why, and the number the receiver answered with (SMTP or HTTP) where it gave one.

    `permanent`: another try on the same channel would end the same.
    """

    outcome: Outcome
    reason: Reason
    answered: int | None = None
    permanent: bool = False

    @property
    def is_silence(self) -> bool:
        """Whether nobody answered: told of the whole channel, not of this message."""
        return self.reason in (Reason.TIMED_OUT, Reason.UNREACHABLE) and self.answered is None

    def __str__(self) -> str:
        """Write the try for a log: "failed: refused (550)"."""
        answer = f" ({self.answered})" if self.answered is not None else ""
        return f"{self.outcome}: {self.reason}{answer}"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a channel is retried: each wait doubles from `first` up to `longest`.

    `before_fallback`: tries on a channel that has a fallback. `before_alarm`: tries on the last channel before the
    operator is told. `tries`: tries on the last channel in all. `spread`: the share of a wait by which it may grow, so
    that many alerts do not come back at the same instant. `after_unknown`: how many times longer the wait is when the
    message may have arrived.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=15)
    before_fallback: int = 2
    before_alarm: int = 5
    tries: int = 100
    spread: float = 0.25
    after_unknown: int = 2


SHIPPED = Backoff()
"""The fallback channel within two minutes, also where nobody answers for 20 s a try; the operator is told after about
eight minutes without any channel, and then every quarter of an hour is tried for a day: a channel that was down for a
night loses nothing."""


class FollowUp(StrEnum):
    """What follows a try."""

    DONE = "done"
    AGAIN = "again"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class NextTry:
    """What follows a try: on which channel and when (UTC) to try again; `at` is None unless `then` is AGAIN.

    `alarm`: the operator is told now.
    """

    then: FollowUp
    channel: str
    at: datetime | None = None
    alarm: bool = False


SILENCES = 3
"""How often in a row nobody may answer at one address before the rest of the sweep counts as failed there, untried."""


class Breaker:
    """Counts silences in a row at each address; used by several senders at once."""

    def __init__(self, silences: int = SILENCES) -> None:
        """Start closed: every address is asked."""
        self._silences = silences
        self._in_a_row: Counter[str] = Counter()
        self._lock = Lock()

    def is_open(self, address: str) -> bool:
        """Whether the address has kept silent so often that it is not asked again in this sweep."""
        with self._lock:
            return self._in_a_row[address] >= self._silences

    def note(self, address: str, attempt: Attempt) -> None:
        """Count what became of a try."""
        with self._lock:
            self._in_a_row[address] = self._in_a_row[address] + 1 if attempt.is_silence else 0


def next_attempt_at(
    attempts: int, outcome: Outcome, now: datetime, reference: str, *, tries: int, backoff: Backoff = SHIPPED
) -> datetime | None:
    """Return when a channel is tried again after `attempts` of its `tries`, None when nothing is left to try on it.

    The same arguments give the same instant: the jitter comes from the reference.

    Raises:
        ValueError: no try has been made yet.
    """
    if attempts < 1:
        raise ValueError("a next try follows at least one try")
    if outcome is Outcome.DELIVERED or attempts >= tries:
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
    final: bool = False,
    backoff: Backoff = SHIPPED,
) -> NextTry:
    """Return what follows try number `attempts` on `channel`: the same channel later, its fallback at once, or the end.

    `final`: the channel would give the same answer again, so its fallback takes over at once; without a fallback the
    operator is told at once, and the channel is tried on, since somebody may mend it.

    Raises:
        ValueError: no try has been made yet.
    """
    tries = backoff.before_fallback if fallback is not None else backoff.tries
    again = next_attempt_at(attempts, outcome, now, reference, tries=tries, backoff=backoff)
    if outcome is Outcome.DELIVERED:
        return NextTry(FollowUp.DONE, channel)
    if fallback is not None and (final or again is None):
        return NextTry(FollowUp.AGAIN, fallback, now)
    alarm_at = 1 if final else backoff.before_alarm
    alarm = fallback is None and attempts == min(alarm_at, tries)
    if again is None:
        return NextTry(FollowUp.UNDELIVERED, channel, alarm=alarm)
    return NextTry(FollowUp.AGAIN, channel, again, alarm=alarm)


def _jitter(reference: str, attempts: int) -> float:
    """Return a number from 0 up to, not including, 1, fixed by the reference and the try."""
    digest = hashlib.sha256(f"{reference}/{attempts}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
