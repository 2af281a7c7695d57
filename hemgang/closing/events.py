"""What is recorded of a month's review: who did what, when, about which rows; append-only facts (specification 4.5)."""

from dataclasses import dataclass
from datetime import date, datetime

from hemgang.closing.words import Act, Side
from hemgang.liability.model import Row


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What a dispute is about: a payer's rows of one episode, or of one date of it.

    An empty `episode` is the row over the payer's mean; `day` None = every date.
    """

    payer: str
    episode: str = ""
    day: date | None = None

    def holds(self, row: Row) -> bool:
        """Tell whether a ledger row is what the dispute is about."""
        return (self.payer, self.episode) == (row.payer, row.episode) and self.day in (None, row.date)

    def __str__(self) -> str:
        """Name the subject as messages do."""
        what = f"episode {self.episode}" if self.episode else "the mean"
        return f"{self.payer}, {what}" + (f", {self.day}" if self.day else "")


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one person on one side, about a month of a region; `at` in UTC.

    `payer` is "" for the opening, which is about all. `content` is the hash of what was opened, or of the payer's
    statement that was agreed to. `matter` is the ladder a dispute goes up: "local" or "principle". `other` is who
    settles it with them for the other side, "" where nobody does.
    """

    act: Act
    at: datetime
    by: str
    side: Side
    payer: str = ""
    episode: str = ""
    day: date | None = None
    reason: str = ""
    content: str = ""
    matter: str = "local"
    other: str = ""

    @property
    def subject(self) -> Subject:
        """What a dispute, or its settlement, is about."""
        return Subject(self.payer, self.episode, self.day)
