"""One look at one discharge, pure: messages and memory in, everything that follows at `now` out.

The engine, the batch path and `hemgang replay` all come through here; so does every screen that shows a duty.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from calendars.zone import local, local_date
from hemgang.duties.duties import duties_of
from hemgang.duties.model import Duty, DutyKind, Memory, Status, Step
from hemgang.duties.step import step
from hemgang.engine.rules import Rules
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.messages.model import Message

SHORT = {
    DutyKind.ADMISSION_NOTICE: "admission notice",
    DutyKind.PLANNING_START: "planning start",
    DutyKind.CARE_CONTACT: "care contact",
    DutyKind.SIP_CALL: "SIP call",
    DutyKind.SIP_ESTABLISHED: "SIP established",
    DutyKind.DISCHARGE_TARGET: "discharge target",
    DutyKind.LAST_FREE_DAY: "last free day",
    DutyKind.DISCHARGE_INFORMATION: "discharge information",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: the episode as known, its duties, what is decided, and when to look again (UTC)."""

    episode: Episode
    duties: tuple[Duty, ...]
    step: Step
    next_wake: datetime | None
    standing: str

    @property
    def payer(self) -> str:
        """The payer as last known, "" where none is."""
        return self.episode.payers[-1].payer if self.episode.payers else ""


def look(episode: str, messages: Iterable[Message], memory: Memory, rules: Rules, *, now: datetime) -> Look:
    """Fold what is known at `now`, find its duties and decide the step that follows from them."""
    messages = list(messages)
    folded = fold(messages, episode=episode, as_of=now)
    duties = duties_of(folded, rules.agreements, rules.roster, now)
    decided = step(folded, duties, memory, rules.roster, rules.ladder, now)
    coming = [max(m.received_at, m.at) for m in messages if m.received_at > now or m.at > now]
    wakes = [instant for instant in (decided.next_wake, *coming) if instant is not None]
    return Look(folded, duties, decided, min(wakes, default=None), standing_of(folded, duties))


def standing_of(episode: Episode, duties: Iterable[Duty]) -> str:
    """Return in a few words where the discharge stands: the next duty and its practical due, nothing personal."""
    open_ones = [duty for duty in duties if duty.status is Status.OPEN and duty.practical_due is not None]
    if not open_ones:
        return f"{episode.state.value}, nothing due"
    first = min(open_ones, key=lambda duty: (duty.practical_due or duty.opened_at, duty.key))
    due = local(first.practical_due or first.opened_at)
    return f"{SHORT[first.kind]} due {WEEKDAYS[local_date(due).weekday()]} {due:%Y-%m-%d %H:%M}"
