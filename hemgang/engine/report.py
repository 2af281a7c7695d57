"""What taking in a source of messages came to: counts, and every problem by line and code, never by value."""

from dataclasses import dataclass, field

from hemgang.messages.outcome import Problem


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One problem: the line of the source (from 1), the message's id where it may be shown, code and field."""

    line: int
    id: str | None
    code: str
    field: str | None
    source: str = ""

    @classmethod
    def of(cls, problem: Problem, *, line: int, message: str | None, source: str) -> "LineProblem":
        """Return the problem of a line of a source."""
        return cls(line, message, problem.code.value, problem.field, source)


@dataclass(slots=True)
class Report:
    """Counts of lines by what became of them; each line is exactly one of the four."""

    accepted: int = 0
    duplicate: int = 0
    conflicting: int = 0
    quarantined: int = 0
    problems: list[LineProblem] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return self.accepted + self.duplicate + self.conflicting + self.quarantined
