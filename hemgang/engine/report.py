"""What taking in a source of messages came to: counts, and bounded detail by line and code, never by value."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hemgang.messages.outcome import Problem

DETAILS_OF_A_REASON = 100
"""How many problems of one code and field are kept line by line; beyond them only their number is known."""
REASONS_KEPT = 1_000
"""How many codes with their fields are told apart; a field's name comes from the sender, so there may be any number."""
OTHER_FIELDS = "…"
"""Stands for the fields of the reasons beyond those."""


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
    """Counts of lines by what became of them; each line is exactly one of the four.

    `reasons` counts every problem by code and field; `problems` holds the first of each reason, so that a source of
    any length takes the same memory.
    """

    accepted: int = 0
    duplicate: int = 0
    conflicting: int = 0
    quarantined: int = 0
    problems: list[LineProblem] = field(default_factory=list)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return self.accepted + self.duplicate + self.conflicting + self.quarantined

    @property
    def problems_left_out(self) -> int:
        """How many problems are counted in `reasons` but not kept in `problems`."""
        return self.reasons.total() - len(self.problems)

    def note(self, problems: Iterable[Problem], *, line: int, message: str | None, source: str) -> None:
        """Count the problems of a line, and keep those whose reason has few before them."""
        for problem in problems:
            reason = self._counted(problem.code.value, problem.field or "", 1)
            if self.reasons[reason] <= DETAILS_OF_A_REASON:
                self.problems.append(LineProblem.of(problem, line=line, message=message, source=source))

    def add(self, part: "Report") -> None:
        """Add what came of another part of the source, or of another source."""
        self.accepted += part.accepted
        self.duplicate += part.duplicate
        self.conflicting += part.conflicting
        self.quarantined += part.quarantined
        kept = Counter((one.code, one.field or "") for one in self.problems)
        for one in part.problems:
            reason = (one.code, one.field or "")
            if kept[reason] < DETAILS_OF_A_REASON and len(self.problems) < REASONS_KEPT * DETAILS_OF_A_REASON:
                kept[reason] += 1
                self.problems.append(one)
        for (code, named), count in part.reasons.items():
            self._counted(code, named, count)

    def _counted(self, code: str, named: str, count: int) -> tuple[str, str]:
        reason = (code, named)
        if reason not in self.reasons and len(self.reasons) >= REASONS_KEPT:
            reason = (code, OTHER_FIELDS)
        self.reasons[reason] += count
        return reason
