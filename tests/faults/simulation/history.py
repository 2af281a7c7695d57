"""What was seen from outside while a run went on: facts, alerts, sendings and troubles, each with its instant."""

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tests.faults.simulation.weather import Span

KEPT = 4_000


class Side(StrEnum):
    """Whose work a trouble holds up."""

    INGESTER = "ingester"
    SCHEDULER = "scheduler"
    SENDER = "sender"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Held:
    """A process that could not work from an instant to another (killed, standing still, slow, refused)."""

    side: Side
    name: str
    span: Span
    why: str


@dataclass(slots=True)
class Sending:
    """One message given to a channel: by whom, claimed when and with which `now`, what became of it.

    `got_at` is when the box got it, None if it never did; `recorded_at` when the outcome was committed.
    """

    sender: str
    claimed_at: datetime
    now: datetime
    begun_at: datetime
    reference: str
    alerts: frozenset[str]
    box: str
    site: int
    body: str
    got_at: datetime | None = None
    told: str = ""
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert as it was first committed, and the deadlines that it then spoke of."""

    at: datetime
    strict_due: datetime | None
    practical_due: datetime | None


@dataclass(frozen=True, slots=True)
class Revised:
    """What was committed about a duty: by when it is due and where it stands."""

    at: datetime
    strict_due: datetime | None
    status: str


@dataclass
class History:
    """Everything that was seen; `facts` are message ids in the order in which they were committed."""

    facts: list[tuple[datetime, str]] = field(default_factory=list)
    fired: dict[str, Fired] = field(default_factory=dict)
    revised: dict[tuple[str, str], list[Revised]] = field(default_factory=dict)
    sendings: list[Sending] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    sites: list[tuple[int, datetime]] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    steps: int = 0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def note(self, at: datetime, who: str, what: str) -> None:
        """Write a line of the trace."""
        line = f"{at:%m-%d %H:%M:%S.%f} {who:<12} {what}"
        self.steps += 1
        self.tail.append(line)
        self._digest.update(line.encode())

    def hold(self, side: Side, name: str, at: datetime, span: timedelta, why: str) -> None:
        """Note that a process cannot work for a while."""
        self.held.append(Held(side, name, Span(at, at + span), why))
        self.note(at, name, f"{why} for {span.total_seconds():.1f} s")

    @property
    def hash(self) -> str:
        """The hash of the whole trace."""
        return self._digest.hexdigest()
