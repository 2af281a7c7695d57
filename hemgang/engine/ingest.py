"""Takes messages in: validates, tells duplicates from conflicts, stores, quarantines, and wakes what they concern."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hemgang.engine.report import LineProblem, Report
from hemgang.findings import Code
from hemgang.messages.content import digest
from hemgang.messages.keeping import text_to_keep
from hemgang.messages.lines import Line
from hemgang.messages.model import Message
from hemgang.messages.outcome import Accepted, Problem, Rejection
from hemgang.messages.validation import read_message
from hemgang.store import discharges, messages, quarantine
from hemgang.store.database import Database
from hemgang.store.settings import reference_secret

LINES_AT_ONCE = 2_000
RAW_KEPT = 64 * 1024
SOURCE_KEPT = 255
TRIES = 5


@dataclass(frozen=True, slots=True)
class _Read:
    line: Line
    outcome: Accepted | Rejection
    digest: str


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
    while part := list(islice(numbered, LINES_AT_ONCE)):
        read = [_read(line, now) for line in part]
        _merge(report, _store_until_alone(database, read, source=source, now=now))
        if progress is not None:
            progress(report)
    return report


def _read(line: Line, now: datetime) -> _Read:
    outcome = line.content if isinstance(line.content, Rejection) else read_message(line.content, now=now)
    return _Read(line, outcome, digest(outcome.message) if isinstance(outcome, Accepted) else "")


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
    ids = [one.outcome.message.id for one in read if isinstance(one.outcome, Accepted)]
    known = dict(messages.digests_of(session, ids))
    fresh: list[Message] = []
    kept: list[quarantine.Quarantined] = []
    for one in read:
        if isinstance(one.outcome, Rejection):
            report.quarantined += 1
            problems, identified = one.outcome.problems, one.outcome.id
        else:
            identified = one.outcome.message.id
            problems = _sort_in(one, one.outcome, known, fresh, report)
        report.problems += [
            LineProblem.of(problem, line=one.line.number, message=identified, source=source) for problem in problems
        ]
        if isinstance(one.outcome, Rejection):
            kept.append(_quarantined(one.line, one.outcome, problems[0], source))
        elif any(problem.code is Code.CONFLICTING for problem in problems):
            kept.append(_quarantined(one.line, Rejection(()), problems[0], source))
    messages.append(session, fresh, now=now)
    quarantine.keep(session, kept, now=now)
    if fresh:
        episodes = {message.episode for message in fresh}
        discharges.wake(session, episodes, at=now, secret=reference_secret(session))
    return report


def _sort_in(
    one: _Read, accepted: Accepted, known: dict[str, str], fresh: list[Message], report: Report
) -> tuple[Problem, ...]:
    stored = known.get(accepted.message.id)
    if stored is None:
        known[accepted.message.id] = one.digest
        fresh.append(accepted.message)
        report.accepted += 1
        return accepted.problems
    if stored == one.digest:
        report.duplicate += 1
        return (Problem(Code.DUPLICATE),)
    report.conflicting += 1
    return (Problem(Code.CONFLICTING),)


def _quarantined(line: Line, rejection: Rejection, problem: Problem, source: str) -> quarantine.Quarantined:
    """Keep a line's text, with its digest, unless it may hold an identity number or is too long."""
    text = text_to_keep(line, rejection)
    if text is not None and len(text) > RAW_KEPT:
        text = None
    return quarantine.Quarantined(
        source=source[-SOURCE_KEPT:],
        line=line.number,
        digest="" if text is None else hashlib.sha256(text.encode()).hexdigest(),
        code=problem.code.value,
        field=problem.field or "",
        raw=text,
    )


def _merge(report: Report, part: Report) -> None:
    report.accepted += part.accepted
    report.duplicate += part.duplicate
    report.conflicting += part.conflicting
    report.quarantined += part.quarantined
    report.problems += part.problems
