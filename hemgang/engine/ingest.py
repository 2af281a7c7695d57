"""Takes messages in: validates, tells duplicates from conflicts, stores, quarantines, and wakes what they concern."""

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hemgang.engine.report import Report
from hemgang.findings import Code
from hemgang.messages.content import Canonical, canonical_of
from hemgang.messages.keeping import text_to_keep
from hemgang.messages.lines import Line
from hemgang.messages.outcome import Problem, Rejection
from hemgang.messages.validation import read_message
from hemgang.store import discharges, messages, quarantine, retained_out
from hemgang.store.database import Database
from hemgang.store.settings import reference_secret

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
    gone = retained_out.among(session, named)
    fresh: list[Canonical] = []
    kept: list[quarantine.Quarantined] = []
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
    quarantine.keep(session, kept, now=now)
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


def _quarantined(read: _Read, problem: Problem, source: str) -> quarantine.Quarantined:
    """Keep a line's text, with its digest, unless it may hold an identity number, is too long, or its episode gone."""
    rejection = read.outcome if isinstance(read.outcome, Rejection) else Rejection(())
    text = text_to_keep(Line(read.line, rejection, read.text), rejection)
    if text is not None and (len(text) > RAW_KEPT or problem.code is Code.RETAINED_OUT):
        text = None
    return quarantine.Quarantined(
        source=source[-SOURCE_KEPT:],
        line=read.line,
        digest="" if text is None else hashlib.sha256(text.encode()).hexdigest(),
        code=problem.code.value,
        field=problem.field or "",
        raw=text,
    )
