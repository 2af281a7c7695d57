"""Messages taken in: validated, told from duplicates and conflicts, stored or quarantined; their discharges made due.

The report counts lines and holds bounded detail of them by line and code, never by value.
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hemgang.findings import Code
from hemgang.messages.canonical import Canonical, canonical_of
from hemgang.messages.model import Problem, Rejection
from hemgang.messages.readers import Line
from hemgang.messages.validation import read_message, text_to_keep
from hemgang.store import discharges, messages, retention
from hemgang.store.database import Database
from hemgang.store.installation import reference_secret

DETAILS_OF_A_REASON = 10_000
"""How many problems of one code and field are kept line by line; beyond them only their number is known."""
PROBLEMS_KEPT = 100_000
"""How many are kept in all."""
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
            if kept[reason] < DETAILS_OF_A_REASON and len(self.problems) < PROBLEMS_KEPT:
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


LINES_AT_ONCE = 10_000
RAW_KEPT = 64 * 1024
SOURCE_KEPT = 255
TRIES = 5


@dataclass(frozen=True, slots=True)
class _Read:
    """A line as read: its number and text, the message it holds or why it holds none, and what was noticed of it."""

    line: int
    text: str | None
    outcome: Canonical | Rejection
    problems: tuple[Problem, ...]


def ingest(
    database: Database,
    lines: Iterable[Line],
    *,
    source: str,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Take in every line of a source, some thousand in each transaction; a bad line never stops the good ones.

    Once a part is committed its messages are stored and their discharges are due. Taking the same source in again
    changes nothing: what is stored counts as duplicate.
    """
    report = Report()
    numbered = iter(lines)
    while True:
        with _cycles_left_alone():
            read = [_read(line, now) for line in islice(numbered, LINES_AT_ONCE)]
            if not read:
                return report
            report.add(_store_until_alone(database, read, source=source, now=now))
            del read  # else two parts are held while the next one is read
        if progress is not None:
            progress(report)


@contextmanager
def _cycles_left_alone() -> Iterator[None]:
    """Keep the collector of reference cycles from going through a part again and again while it is built up.

    A part makes no cycles and is freed as a whole; looking for them took a sixth of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _read(line: Line, now: datetime) -> _Read:
    outcome = line.content if isinstance(line.content, Rejection) else read_message(line.content, now=now)
    if isinstance(outcome, Rejection):
        return _Read(line.number, line.text, outcome, outcome.problems)
    return _Read(line.number, line.text, canonical_of(outcome.message), outcome.problems)


def _store_until_alone(database: Database, read: Sequence[_Read], *, source: str, now: datetime) -> Report:
    """Store one part; another process that stored the same message meanwhile makes us look again."""
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            with database.writing() as session:
                return _store(session, read, source=source, now=now)
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("the loop above returns or raises")


def _store(session: Session, read: Sequence[_Read], *, source: str, now: datetime) -> Report:
    report = Report()
    ids = [one.outcome.id for one in read if isinstance(one.outcome, Canonical)]
    known = dict(messages.digests_of(session, ids))
    named = {one.outcome.episode for one in read if isinstance(one.outcome, Canonical) and one.outcome.id not in known}
    gone = retention.with_tombstone(session, named)
    fresh: list[Canonical] = []
    kept: list[messages.QuarantineEntry] = []
    for one in read:
        if isinstance(one.outcome, Rejection) or one.outcome.episode in gone:
            report.quarantined += 1
            problems = one.problems if isinstance(one.outcome, Rejection) else (Problem(Code.RETAINED_OUT),)
            kept.append(_quarantined(one, problems[0], source))
        else:
            problems = _sort_in(one.outcome, known, fresh, report) or one.problems
            if problems and problems[0].code is Code.CONFLICTING:
                kept.append(_quarantined(one, problems[0], source))
        report.note(problems, line=one.line, message=one.outcome.id, source=source)
    messages.append_canonical(session, fresh, now=now)
    messages.quarantine(session, kept, now=now)
    if fresh:
        episodes = {one.episode for one in fresh}
        discharges.wake(session, episodes, at=now, secret=reference_secret(session))
    return report


def _sort_in(one: Canonical, known: dict[str, str], fresh: list[Canonical], report: Report) -> tuple[Problem, ...]:
    """Count a message and keep it if it is new; return why it is not kept, nothing for a new one."""
    stored = known.get(one.id)
    if stored is None:
        known[one.id] = one.digest
        fresh.append(one)
        report.accepted += 1
        return ()
    if stored == one.digest:
        report.duplicate += 1
        return (Problem(Code.DUPLICATE),)
    report.conflicting += 1
    return (Problem(Code.CONFLICTING),)


def _quarantined(read: _Read, problem: Problem, source: str) -> messages.QuarantineEntry:
    """Keep a line's text, with its digest, unless it may hold an identity number, is too long, or its episode gone."""
    rejection = read.outcome if isinstance(read.outcome, Rejection) else Rejection(())
    text = text_to_keep(Line(read.line, rejection, read.text), rejection)
    if text is not None and (len(text) > RAW_KEPT or problem.code is Code.RETAINED_OUT):
        text = None
    return messages.QuarantineEntry(
        source=source[-SOURCE_KEPT:],
        line=read.line,
        digest="" if text is None else hashlib.sha256(text.encode()).hexdigest(),
        code=problem.code.value,
        field=problem.field or "",
        raw=text,
    )
