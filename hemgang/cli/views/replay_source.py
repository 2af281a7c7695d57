"""Messages of a replay straight from files: the same checks as at ingest, at the time each message came in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hemgang.cli.progress import counted
from hemgang.cli.views.sources import lines_of, source_name
from hemgang.engine.report import LineProblem, Report
from hemgang.findings import Code
from hemgang.messages.content import digest
from hemgang.messages.lines import Line
from hemgang.messages.model import Message
from hemgang.messages.outcome import Accepted, Problem, Rejection
from hemgang.messages.validation import read_message

SHOWN_OF_A_KIND = 10


@dataclass(slots=True)
class Source:
    """What was read: the messages that count, and what became of all lines."""

    messages: list[Message] = field(default_factory=list)
    counts: Report = field(default_factory=Report)
    _digests: dict[str, str] = field(default_factory=dict)

    def take(self, line: Line, *, source: str) -> None:
        """Count one line; of messages with one id the first is kept, as at ingest."""
        outcome = line.content if isinstance(line.content, Rejection) else read_at_receipt(line)
        if isinstance(outcome, Rejection):
            self.counts.quarantined += 1
            self._note(outcome.problems, line, outcome.id, source)
            return
        message = outcome.message
        content = digest(message)
        first = self._digests.get(message.id)
        if first is None:
            self._digests[message.id] = content
            self.messages.append(message)
            self.counts.accepted += 1
            self._note(outcome.problems, line, message.id, source)
        elif first == content:
            self.counts.duplicate += 1
        else:
            self.counts.conflicting += 1
            self._note((Problem(Code.CONFLICTING),), line, message.id, source)

    def bad_lines(self) -> Iterator[str]:
        """Yield one text for each problem, at most some for each code, then how many more there are."""
        by_code: dict[str, list[LineProblem]] = {}
        for problem in self.counts.problems:
            by_code.setdefault(problem.code, []).append(problem)
        totals: Counter[str] = Counter()
        for (code, _), count in self.counts.reasons.items():
            totals[code] += count
        for code, total in totals.items():
            listed = by_code.get(code, [])[:SHOWN_OF_A_KIND]
            for one in listed:
                yield f"{one.source}:{one.line}: {code}{f' ({one.field})' if one.field else ''}"
            if total > len(listed):
                yield f"and {total - len(listed)} more lines with {code}"

    def _note(self, problems: Sequence[Problem], line: Line, named: str | None, source: str) -> None:
        self.counts.note(problems, line=line.number, message=named, source=source)


def read_sources(files: Sequence[str]) -> Source:
    """Read every file, one after the other.

    Raises:
        SourceUnreadableError, SourceFormatError: a file cannot be used.
    """
    source = Source()
    for number, file in enumerate(files, start=1):
        for line in counted(lines_of(file), "lines"):
            source.take(line, source=source_name(file, number))
    return source


def read_at_receipt(line: Line) -> Accepted | Rejection:
    """Check a message as it would have been checked when it was received: it may not lie in that clock's future."""
    if isinstance(line.content, Rejection):
        return line.content
    outcome = read_message(line.content, now=None)
    if isinstance(outcome, Accepted) and outcome.message.at > outcome.message.received_at:
        return read_message(line.content, now=outcome.message.received_at)
    return outcome
