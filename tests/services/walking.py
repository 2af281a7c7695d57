"""Walks an installation through time on a virtual clock: what arrives, what is due, what is sent; for tests only."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from hemgang.messages.readers import Line, read_ndjson
from hemgang.services.advance import AdvanceReport, advance, claim_due
from hemgang.services.deliver import deliver
from hemgang.services.ingest import Report, ingest
from hemgang.services.installation import ReferenceData
from hemgang.simulate import timed_lines
from hemgang.store import discharges, outbox
from hemgang.store.database import Database

Arrivals = Sequence[tuple[datetime, str]]


def county(
    discharges: int, *, seed: int = 7, dirt: float = 0.0, start: date = date(2023, 3, 6), days: int = 12
) -> Arrivals:
    """Return what arrives from a small simulated Jämtland."""
    end = date.fromordinal(start.toordinal() + days)
    return list(timed_lines("23", start=start, end=end, seed=seed, discharges=discharges, dirt=dirt))


def lines(*texts: str | Mapping[str, object]) -> Iterator[Line]:
    """Return the lines of a source, given as text or as JSON objects."""
    written = [text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for text in texts]
    return read_ndjson(io.BytesIO("".join(f"{text}\n" for text in written).encode()))


def take(database: Database, *texts: str | Mapping[str, object], now: datetime, source: str = "test") -> Report:
    """Take lines in."""
    return ingest(database, lines(*texts), source=source, now=now)


def advance_all(database: Database, rules: ReferenceData, now: datetime) -> AdvanceReport:
    """Step everything that is due at an instant."""
    total = AdvanceReport()
    while claims := claim_due(database, now=now, owner="test", limit=500):
        total = total.and_also(advance(database, claims, rules, now=now))
    return total


def send_all(database: Database, rules: ReferenceData, now: datetime) -> int:
    """Send until nothing is due; return how many e-mails were tried."""
    tried = 0
    while (sent := deliver(database, rules, now=now)).alerts:
        tried += sent.delivered + sent.failed + sent.unknown
    return tried


def next_instant(database: Database) -> datetime | None:
    """Return when the store has something to do next."""
    with database.reading() as session:
        coming = [discharges.next_timer(session), outbox.next_attempt_at(session)]
    return min((instant for instant in coming if instant is not None), default=None)


def walk(database: Database, rules: ReferenceData, arrivals: Arrivals, *, until: datetime) -> Iterator[datetime]:
    """Take in what arrives when it arrives, step what is due when it is due, send; yield each instant after it."""
    waiting = list(arrivals)
    now: datetime | None = waiting[0][0] if waiting else next_instant(database)
    while now is not None and now <= until:
        here = [text for when, text in waiting if when <= now]
        waiting = [one for one in waiting if one[0] > now]
        if here:
            take(database, *here, now=now)
        advance_all(database, rules, now)
        send_all(database, rules, now)
        yield now
        now = _after(now, database, [when for when, _ in waiting[:1]], sends=rules.directory is not None)


def _after(now: datetime, database: Database, arriving: Iterable[datetime], *, sends: bool) -> datetime | None:
    with database.reading() as session:
        timer = discharges.next_timer(session)
        attempt = outbox.next_attempt_at(session) if sends else None
    later = [instant for instant in (timer, attempt, *arriving) if instant is not None and instant > now]
    return min(later, default=None)
