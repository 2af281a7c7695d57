"""What `hemgang episode` shows, as values: the episode with everything that follows from it."""

from dataclasses import dataclass

from hemgang.duties.model import Duty
from hemgang.episode.model import Episode, State
from hemgang.findings import Finding
from hemgang.liability.model import Row
from hemgang.liability.month import Month
from hemgang.messages.model import Message
from hemgang.store.listing import SentAlert


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the state of the episode once it and all before it in message order are known."""

    message: Message
    state: State


@dataclass(frozen=True, slots=True)
class Ledger:
    """The episode's rows of the months that can be computed, and why the others cannot."""

    rows: tuple[Row, ...]
    missing: tuple[tuple[Month, str], ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """An episode with everything that follows from it."""

    episode: Episode
    said: tuple[Said, ...]
    duties: tuple[Duty, ...]
    alerts: tuple[SentAlert, ...]
    findings: tuple[Finding, ...]
    ledger: Ledger
