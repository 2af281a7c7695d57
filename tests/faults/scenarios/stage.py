"""Where a scenario is played: an installation on a virtual clock whose steps are tried again when they fail."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from hemgang.errors import HemgangError
from hemgang.notifications.retry import Attempt, Outcome, Reason
from hemgang.services.inbox import ingest_inbox
from hemgang.services.installation import ReferenceData
from hemgang.store.database import Database
from tests.faults.scenarios.breaking import Breaker, ChannelBroke, Operation, Way
from tests.services.post import REFERENCE
from tests.services.walking import advance_all, next_instant, send_all, take

T = TypeVar("T")

HEALED_AFTER = 3
"""Failed tries of a step, or failed sendings, after which what is broken for good is mended."""

TRIES = HEALED_AFTER + 3


@dataclass(frozen=True, slots=True)
class Letter:
    """What came to a box: the reference it bore, the alerts in it, its text."""

    box: str
    reference: str
    alerts: frozenset[str]
    body: str


@dataclass
class Boxes:
    """Takes the place of the channels; some boxes refuse, or take a message and never say so."""

    breaker: Breaker
    refusing: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    letters: list[Letter] = field(default_factory=list)

    def send(self, url: Any, _title: str, body: str, reference: str, _timeout: float) -> Attempt:
        """Keep one message, or not."""
        box = url.reveal().rpartition("to=")[2].partition("@")[0]
        way = self.breaker.strikes(Operation.SEND)
        if way is Way.RAISED:
            raise ChannelBroke
        if way is Way.BEFORE or box in self.refusing:
            return Attempt(Outcome.FAILED, Reason.REFUSED)
        named = frozenset(re.findall(REFERENCE, body)) - {reference}
        self.letters.append(Letter(box, reference, named or frozenset({reference}), body))
        if way is Way.AFTER or box in self.silent:
            return Attempt(Outcome.UNKNOWN, Reason.TIMED_OUT)
        return Attempt(Outcome.DELIVERED, Reason.ACCEPTED)


@dataclass
class Stage:
    """One installation while a scenario is played on it; `complaints` are invariants that broke on the way."""

    database: Database
    rules: ReferenceData
    boxes: Boxes
    inbox: Path
    now: datetime
    acknowledged: set[str] = field(default_factory=set)
    kept: dict[str, Any] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def breaker(self) -> Breaker:
        """What breaks here."""
        return self.boxes.breaker

    def take(self, *lines: Mapping[str, object] | str) -> None:
        """Take lines in; when that returns, the messages in them are acknowledged."""
        report = take(self.database, *lines, now=self.now)
        wrong = {problem.id for problem in report.problems if problem.code != "duplicate"}
        self.acknowledged |= {str(one["id"]) for one in lines if isinstance(one, Mapping)} - wrong

    def take_files(self) -> None:
        """Take the inbox in."""
        for _ in ingest_inbox(self.database, self.inbox, now=self.now):
            pass

    def engine(self) -> None:
        """Step and send all that is due now."""
        advance_all(self.database, self.rules, self.now)
        send_all(self.database, self.rules, self.now)

    def look_at_closings(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note every closed row, and complain of one seen before that is gone or has changed."""
        found = {int(row["id"]): repr(row) for row in rows}
        if any(found.get(number) != row for number, row in self.closed.items()):
            self.complaints.append("a closed row has changed")
        self.closed = found

    def until(self, end: datetime) -> None:
        """Let the engine work through every instant before `end` at which something is due."""
        while True:
            coming = self.patiently(lambda: next_instant(self.database))
            if coming is None or coming >= end or coming <= self.now:
                return
            self.now = coming
            self.patiently(self.engine)

    def patiently(self, step: Callable[[], T]) -> T | None:
        """Do a step, again after a fault, as the engine's loops and a person at the keyboard do.

        A refusal on a later try says that an earlier one was done after all: the end tells whether it was.
        """
        for tries in range(TRIES):
            hits = self.breaker.hits
            try:
                done = step()
            except Exception as error:
                if self.breaker.hits == hits:
                    if tries and isinstance(error, HemgangError):
                        return None
                    raise
                self._failed(tries + 1)
            else:
                self._passed(hits)
                return done
        raise AssertionError("a step never got done, though what was broken is mended")

    def _failed(self, tries: int) -> None:
        if tries >= HEALED_AFTER:
            self.breaker.healed = True

    def _passed(self, hits: int) -> None:
        fault = self.breaker.fault
        if self.breaker.hits == hits or fault is None:
            return
        if fault.operation is not Operation.SEND:
            self.complaints.append("the fault was swallowed: the step that met it said nothing")
        if self.breaker.hits >= HEALED_AFTER:
            self.breaker.healed = True
