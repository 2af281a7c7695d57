"""One file through the real reading path, held against the second opinion: what is broken, and how much of what came.

Checked of every line: it comes out once, with its number; no exception but `SourceFormatError`, in one line; at most
50 ms of the processor; accepted only if the second opinion agrees, with the same instants and values; rejected only if
it does not (or for an identity number); what is accepted comes back equal from its stored text; what is rejected names
fields and codes, never a value, and what is kept of its text holds no plain identity number.
"""

import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from tempfile import NamedTemporaryFile
from typing import Any

from hemgang.messages.canonical import canonical_of, from_canonical
from hemgang.messages.model import Accepted, Rejection, SourceFormatError
from hemgang.messages.readers import Line, open_source, read_csv, read_ndjson
from hemgang.messages.validation import read_message, text_to_keep
from tests.faults.malformed.corpus import NOW
from tests.faults.malformed.expected import Expected, expected_lines, same_values
from tests.faults.malformed.files import File
from tests.faults.malformed.instants import MICROS
from tests.faults.malformed.specified import KNOWN, OWN
from tests.faults.malformed.strict import plain_number

NOW_AT = datetime.fromisoformat(NOW)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLOWEST_S = 0.05
"""For a line of up to 64 KiB; a longer one has as much again for each 64 KiB more."""

IN_PLACE_OF_A_NAME = ("(field name)", "(row)")


@dataclass
class Seen:
    """What came of files so far; `broken` names the rule and the line's bytes, to see it again.

    `slowest_s`: the most processor time that a line took, for each 64 KiB of it.
    """

    counts: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Seen") -> None:
        """Add what another came to."""
        self.counts += other.counts
        self.slowest_s = max(self.slowest_s, other.slowest_s)
        self.broken += other.broken


def try_file(file: File, seen: Seen) -> None:
    """Read a file and judge each of its lines."""
    expected = expected_lines(file, now=micros(NOW_AT))
    came = 0
    try:
        for line, outcome, seconds in _read(file):
            if came >= len(expected):
                seen.broken.append(f"more lines than there are: {file.data[:200]!r}")
                return
            judge(line, outcome, expected[came], seen)
            _time(line, seconds, expected[came], seen)
            came += 1
    except SourceFormatError as error:
        seen.counts["files refused by their header"] += 1
        if not file.delimiter or "\n" in str(error) or "Spånga" in str(error):
            seen.broken.append(f"wrong error {error}: {file.data[:200]!r}")
        return
    except Exception as error:
        raw = expected[came].raw if came < len(expected) else b""
        seen.broken.append(f"{type(error).__name__} at {raw[:300]!r}")
        return
    if came != len(expected):
        seen.broken.append(f"{came} of {len(expected)} lines came: {file.data[:200]!r}")


def judge(line: Line, outcome: Accepted | Rejection, expected: Expected, seen: Seen) -> None:
    """Hold what became of a line against what it is."""
    seen.counts["lines"] += 1
    if line.number != expected.number:
        seen.broken.append(f"line {expected.number} has number {line.number}")
    said = _accepted(line, outcome, expected) if isinstance(outcome, Accepted) else _rejected(line, outcome, expected)
    seen.counts["accepted" if isinstance(outcome, Accepted) else "rejected"] += 1
    if isinstance(outcome, Rejection) and outcome.problems:
        seen.counts[outcome.problems[0].code.value] += 1
    seen.broken += [f"{what}: {expected.raw[:400]!r}" for what in said]


def micros(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (instant - EPOCH) // timedelta.resolution


def _source(file: File) -> Iterator[Line]:
    """Yield the lines of a file: mostly from memory, now and then from the disk, as a file of the inbox is read."""
    if not file.laid_down:
        stream = io.BytesIO(file.data)
        yield from read_csv(stream) if file.delimiter else read_ndjson(stream)
        return
    with NamedTemporaryFile(suffix=".csv" if file.delimiter else ".ndjson") as laid:
        laid.write(file.data)
        laid.flush()
        yield from open_source(laid.name)


def _read(file: File) -> Iterator[tuple[Line, Accepted | Rejection, float]]:
    lines = _source(file)
    while True:
        began = time.thread_time()
        line = next(lines, None)
        if line is None:
            return
        content = line.content
        outcome = content if isinstance(content, Rejection) else read_message(content, now=NOW_AT)
        yield line, outcome, time.thread_time() - began


def _time(line: Line, seconds: float, expected: Expected, seen: Seen) -> None:
    """Note how long a line took; one that took too long is read again, alone: the machine may have been at fault."""
    parts = 1 + len(expected.raw) // 65_536
    if seconds > SLOWEST_S * parts:
        began = time.thread_time()
        if not isinstance(line.content, Rejection):
            read_message(line.content, now=NOW_AT)
        list(read_ndjson(io.BytesIO(expected.raw)))
        seconds = min(seconds, time.thread_time() - began)
        if seconds > SLOWEST_S * parts:
            seen.broken.append(f"took {seconds * 1000:.0f} ms: {expected.raw[:200]!r}")
    seen.slowest_s = max(seen.slowest_s, seconds / parts)


def _accepted(line: Line, outcome: Accepted, expected: Expected) -> Iterator[str]:
    right = expected.opinion
    if right is None or right.rule:
        yield f"accepted against the rule of {right.rule if right else expected.why}"
        return
    message = outcome.message
    if (micros(message.at), micros(message.received_at)) != (right.at, right.received_at):
        yield "accepted with other instants"
    yield from same_values(message, right)
    stored = canonical_of(message)
    if stored.region is not None and "region" not in OWN[message.type.value]:
        yield "stored under a region that its type does not have"
    back = from_canonical(stored.text)
    if back != message or canonical_of(back) != stored:
        yield "another message comes back from the store"
    (again,) = read_ndjson(io.BytesIO(stored.text.encode()))
    read = again.content if isinstance(again.content, Rejection) else read_message(again.content, now=None)
    if not isinstance(read, Accepted) or canonical_of(read.message) != stored:
        yield "its stored text is read as another message"


def _rejected(line: Line, outcome: Rejection, expected: Expected) -> Iterator[str]:
    codes = {problem.code.value for problem in outcome.problems}
    if not codes:
        yield "rejected without a reason"
    if expected.opinion is not None and not expected.opinion.rule and "identity_number" not in codes:
        yield f"rejected for {', '.join(sorted(codes))} though nothing is wrong"
    content: Any = {} if isinstance(line.content, Rejection) else line.content
    for problem in outcome.problems:
        named = problem.field
        if named is not None and named not in KNOWN and named not in IN_PLACE_OF_A_NAME and named not in content:
            yield f"names what is no field ({problem.code.value})"
    if outcome.id is not None and (outcome.id != content.get("id") or plain_number(outcome.id)):
        yield "shows an id that is none"
    kept = text_to_keep(line, outcome)
    if kept is not None and plain_number(kept):
        yield "keeps a text with an identity number"


assert MICROS == 1_000_000
