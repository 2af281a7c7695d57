"""Channels that fail, each in its own way: the fallback takes over in two minutes, others are not held up, no loops.

The clock of the decisions is virtual; receivers, connections and time-outs are real.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from hemgang import clock
from hemgang.services import deliver as delivering
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store import outbox
from hemgang.store.database import Database, open_database
from tests.faults.channels.modes import MAY_HAVE_ARRIVED, MODES, Failing, failing
from tests.faults.kills.databases import sqlite_databases
from tests.faults.measuring import Measured
from tests.services.post import Post, post_office, small_directory
from tests.services.walking import advance_all, send_all, take

LONG = 750
GOAL = "15 kinds of fault x 50: fallback within 2 min, only what failed again, no loop"
START = datetime(2023, 3, 1, 7, tzinfo=UTC)
RUNG = START + timedelta(hours=20)
WITHIN = timedelta(minutes=2)
TIMEOUT_S = 0.6
GENEROUS_S = 60.0
"""What a send over a mended channel may take: it answers, however busy the machine is."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one reminder over a failing channel: `after` is from release to the fallback's receipt."""

    after: timedelta
    tries: int
    doubled: int
    broken: tuple[str, ...]


def measure(size: int, seed: int) -> Measured:
    """Let channels fail `size` times, kind after kind."""
    names = list(MODES)
    figures: Counter[str] = Counter()
    broken: list[str] = []
    longest = timedelta()
    with sqlite_databases() as databases, _timeout(TIMEOUT_S), TemporaryDirectory() as folder:
        for number in range(size):
            name = names[(number + seed) % len(names)]
            database = open_database(databases.fresh())
            seen = one_reminder(database, Path(folder), name)
            database.close()
            figures.update({"reminders": 1, "tries": seen.tries, "arrived twice": seen.doubled})
            longest = max(longest, seen.after)
            broken += [f"{name}: {one}" for one in seen.broken]
    told: dict[str, int | float | str] = {"kinds": min(size, len(names)), **figures}
    return Measured(
        "channels", GOAL, size, seed, told | {"longest s": round(longest.total_seconds(), 1)}, tuple(broken)
    )


def one_reminder(database: Database, folder: Path, name: str) -> Seen:
    """Let one reminder fall due over a channel that fails so, and one that does not; then mend the channel."""
    with post_office() as post, failing(name) as channel:
        rules = _rules(folder, post, channel)
        _admit(database, "e1", at=START)
        advance_all(database, rules, START)
        advance_all(database, rules, RUNG)
        after = _until_received(database, rules, post)
        references = _references(database)
        broken = [*_after_fallback(database, post, channel, name, after, references)]
        tries = _count(database, "SELECT count(*) FROM attempt")
        if channel.heal is not None:
            channel.heal()
            with _timeout(GENEROUS_S):
                broken += _when_mended(database, rules, channel)
        doubled = sum(channel.taken.references.count(one) for one in references)
    return Seen(after, tries, doubled, tuple(broken))


def _until_received(database: Database, rules: ReferenceData, post: Post) -> timedelta:
    """Send whenever something is due; return how long after its release the fallback got it, real waits added."""
    now, waited = RUNG, timedelta()
    while not post.to("duty-phone") and now < RUNG + timedelta(minutes=30):
        began = clock.machine_now()
        send_all(database, rules, now)
        waited += (clock.machine_now() - began) * (20.0 / TIMEOUT_S)
        with database.reading() as session:
            coming = outbox.next_attempt_at(session)
        if coming is None:
            break
        now = max(coming, now + timedelta(microseconds=1))
    return now - RUNG + min(waited, timedelta(seconds=2 * 20))


def _after_fallback(
    database: Database, post: Post, channel: Failing, name: str, after: timedelta, references: list[str]
) -> Iterator[str]:
    got = post.to("duty-phone")
    if [mail.reference for mail in got] != references:
        yield f"the fallback got {len(got)} messages instead of this one"
    if after > WITHIN:
        yield f"the fallback got it after {after.total_seconds():.0f} s"
    if _count(database, "SELECT count(*) FROM alert WHERE state <> 'delivered'"):
        yield "something was left over"
    if _count(database, "SELECT count(*) FROM attempt WHERE channel = 'mail-ward'") > 2:
        yield "the failing channel was tried more than twice"
    if set(channel.taken.references) - set(references):
        yield "another reference arrived"
    if channel.taken.references and name not in MAY_HAVE_ARRIVED:
        yield "it arrived where it should not"


def _when_mended(database: Database, rules: ReferenceData, channel: Failing) -> Iterator[str]:
    """Yield what is wrong when the next reminder, a day later, does not take the mended channel at the first try."""
    before = len(channel.taken.references)
    later = timedelta(days=1)
    _admit(database, "e2", at=START + later)
    take(database, {"id": "n", "episode": "e1", "type": "admission_notice", "at": RUNG.isoformat()}, now=RUNG)
    advance_all(database, rules, START + later)
    advance_all(database, rules, RUNG + later)
    send_all(database, rules, RUNG + later)
    if len(channel.taken.references) == before:
        yield "the mended channel was not used"


def _rules(folder: Path, post: Post, channel: Failing) -> ReferenceData:
    path = small_directory(folder, post.port)
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines.index('id = "mail-ward"') + 1
    lines[place] = f'url = "{channel.url}"'
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_reference_data(directory=path)


def _admit(database: Database, episode: str, *, at: datetime) -> None:
    line = {"id": episode, "episode": episode, "type": "admitted", "at": at.isoformat(), "region": "23"}
    take(database, line | {"municipality": "2380", "care": "somatic", "clinic": "ward-1"}, now=at)


def _references(database: Database) -> list[str]:
    with database.reading() as session:
        return [str(one) for one in session.scalars(text("SELECT reference FROM alert WHERE kind = 'reminder'"))]


def _count(database: Database, query: str) -> int:
    with database.reading() as session:
        return int(session.execute(text(query)).scalar_one())


@contextmanager
def _timeout(seconds: float) -> Iterator[None]:
    kept = delivering.SEND_TIMEOUT_S
    delivering.SEND_TIMEOUT_S = seconds
    try:
        yield
    finally:
        delivering.SEND_TIMEOUT_S = kept
