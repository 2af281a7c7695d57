"""Dirt on clean messages: copies, late and overtaken ones, mistakes taken back, and lines that cannot be read.

Each fault comes about every so many messages (`faults`), so that a month of a small county shows every one; what is
broken is sent again, mended, some hours later. Specification 1.2 and 1.4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from hemgang.messages.model import MessageType as M
from hemgang.simulate.astray import ASTRAY, astray
from hemgang.simulate.broken import BROKEN, broken_line
from hemgang.simulate.draft import Draft, line_of, written
from hemgang.simulate.draws import Chance

EVERY: dict[str, int] = {
    "late": 60,
    "overtaken": 90,
    "copy": 120,
    "unknown_field": 300,
    "retraction": 350,
    "conflict": 400,
    "lost": 700,
    "old_clock": 3000,
    "unknown_episode": 15000,
    # These take a message of one kind, as about one in thirteen is; the others let their turn pass.
    "unknown_contact": 350,
    "out_of_place": 350,
    "unknown_payer": 1200,
    **dict.fromkeys(BROKEN, 1500),
}
"""Messages between two faults of a kind, on average, at dirt 1."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrives at an instant (UTC): a message as it should be, or a text that stands in its place."""

    at: datetime
    draft: Draft
    text: str | None = None

    def line(self) -> str:
        """Return the line that arrives."""
        return line_of(self.draft.content()) if self.text is None else self.text


class Dirt:
    """Spoils messages here and there; remembers how many have gone by, so that every fault has its turn."""

    def __init__(self, chance: Chance, scale: float) -> None:
        self._chance = chance
        self._scale = scale
        self._seen = 0
        self._turns = [(chance.uniform(0, every) / scale, fault) for fault, every in EVERY.items()] if scale else []
        heapify(self._turns)

    def over(self, drafts: Sequence[Draft]) -> Iterator[Arrival]:
        """Yield what arrives of a stay's messages; nothing arrives earlier than the message that it stands for."""
        for draft in drafts:
            self._seen += 1
            fault = self._fault()
            if fault is None:
                yield Arrival(draft.arrives, draft)
            else:
                yield from self._spoilt(draft, fault)

    def _fault(self) -> str | None:
        """Return the fault whose turn it is, if any; its next turn comes some messages later."""
        if not self._turns or self._turns[0][0] >= self._seen:
            return None
        due, fault = heappop(self._turns)
        gap = EVERY[fault] / self._scale * self._chance.uniform(0.3, 1.7)
        heappush(self._turns, (max(due + gap, float(self._seen)), fault))
        return fault

    def _spoilt(self, draft: Draft, fault: str) -> Iterator[Arrival]:
        if fault in BROKEN:
            yield Arrival(draft.arrives, draft, broken_line(fault, draft))
            yield self._sent(draft, hours=self._chance.uniform(0.2, 8))
        elif fault in _HOURS_LATE:
            yield self._sent(draft, hours=self._chance.triangular(*_HOURS_LATE[fault]))
        elif fault == "unknown_field":
            yield Arrival(draft.arrives, draft, line_of({**draft.content(), "source_system": "link"}))
        elif fault != "lost" or draft.type is M.ADMITTED:  # without its admission there would be no stay
            yield Arrival(draft.arrives, draft)
            yield from self._afterwards(draft, fault)

    def _afterwards(self, draft: Draft, fault: str) -> Iterator[Arrival]:
        """Yield what comes after a message that arrived as it should."""
        match fault:
            case "copy":
                yield Arrival(self._later(draft, hours=30), draft)
            case "conflict":
                yield self._conflicting(draft)
            case "retraction":
                yield from self._taken_back(draft)
            case _ if fault in ASTRAY:
                at = self._later(draft, hours=6)
                yield from (Arrival(one.arrives, one, text) for one, text in astray(fault, draft, at))

    def _sent(self, draft: Draft, *, hours: float) -> Arrival:
        """Return the message as it arrives some hours later than it should."""
        at = (draft.arrives + timedelta(hours=hours)).replace(microsecond=0)
        return Arrival(at, draft._replace(arrives=at))

    def _later(self, draft: Draft, *, hours: float) -> datetime:
        return (draft.arrives + timedelta(hours=self._chance.uniform(0.01, hours))).replace(microsecond=0)

    def _conflicting(self, draft: Draft) -> Arrival:
        """Return a message with the same id that says another time."""
        at = self._later(draft, hours=24)
        content = {**draft.content(), "at": written(draft.at - timedelta(minutes=self._chance.randint(1, 59)))}
        return Arrival(at, draft, line_of(content))

    def _taken_back(self, draft: Draft) -> Iterator[Arrival]:
        """Yield a message that was meant for another patient, and the retraction that follows within hours."""
        kind = self._chance.choice((M.READY_NOTICE, M.SIP_CALLED, M.DISCHARGED))
        at = self._later(draft, hours=2)
        wrong = Draft(f"{draft.id}-wrong", draft.episode, kind, at, at, draft.sender, {})
        yield Arrival(at, wrong)
        back = self._later(wrong, hours=18)
        told = {"message": wrong.id}
        yield Arrival(back, Draft(f"{draft.id}-back", draft.episode, M.RETRACTED, back, back, draft.sender, told))


_HOURS_LATE = {"late": (2, 96, 6), "overtaken": (0.3, 6, 1)}  # least, most, commonest
