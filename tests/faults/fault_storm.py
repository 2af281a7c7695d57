"""Everything stood still for three days, and then there are thousands of overdue discharges: the storm afterwards.

A region's stays go on for three days while nobody looks. Then the sweeps begin again on a virtual clock, one every two
seconds, with real SQL and real mail. Escalations must be out first, nobody is flooded, nothing is dropped in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from hemgang.services.advance import advance, claim_due
from hemgang.services.deliver import CatchUp, deliver
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store.database import Database, open_database
from tests.faults.kills.databases import sqlite_databases
from tests.faults.measuring import Measured
from tests.faults.storms import directory, stays
from tests.services.post import Post, post_office
from tests.services.walking import take

LONG = 5_000
GOAL = "72 h down, 5 000 overdue: escalations in 5 min, else at most 1 message a recipient in 15 min"
BEGAN = datetime(2023, 3, 6, 6, tzinfo=UTC)
BACK = BEGAN + timedelta(hours=72)
TICK = timedelta(seconds=2)
APART = timedelta(minutes=15)
ESCALATED_WITHIN = timedelta(minutes=5)
WATCHED = timedelta(minutes=50)


@dataclass
class Storm:
    """What was seen: when each recipient got its messages, and when the last escalation went out."""

    received: dict[str, list[datetime]] = field(default_factory=dict)
    escalated: timedelta = timedelta()
    stepped: timedelta = timedelta()
    sweeps: int = 0


def measure(size: int, seed: int) -> Measured:
    """Let `size` discharges be overdue after three days."""
    with sqlite_databases() as databases, TemporaryDirectory() as folder, post_office() as post:
        database = open_database(databases.fresh())
        path = directory(Path(folder), post.port)
        rules = load_reference_data(directory=path)
        take(database, *stays(size, seed, BEGAN, BACK), now=BACK)
        storm = _ride_out(database, rules, post)
        broken = tuple(wrong(database, storm, post))
        figures: dict[str, int | float | str] = {
            "discharges": size,
            "messages": len(post.mails),
            "alerts": _count(database, "SELECT count(*) FROM alert WHERE state = 'delivered'"),
            "overtaken": _count(database, "SELECT count(*) FROM rung WHERE outcome = 'overtaken'"),
            "all stepped after s": storm.stepped.total_seconds(),
            "escalations out after s": storm.escalated.total_seconds(),
        }
        database.close()
    return Measured("storm", GOAL, size, seed, figures, broken)


def _ride_out(database: Database, rules: ReferenceData, post: Post) -> Storm:
    """Sweep every two seconds of the virtual clock, as the engine does, until nothing is left to do."""
    storm, catch_up, now = Storm(), CatchUp(), BACK
    while now < BACK + WATCHED:
        claims = claim_due(database, now=now, owner="engine", limit=2_000)
        if claims:
            advance(database, claims, rules, now=now)
            if any(claim.due_at <= BACK for claim in claims):
                storm.stepped = now - BACK
        before = len(post.mails)
        if not catch_up.holds(database, now=now):
            deliver(database, rules, now=now)
        for mail in post.mails[before:]:
            storm.received.setdefault(mail.box, []).append(now)
        if _count(database, _ESCALATIONS_LEFT):
            storm.escalated = now - BACK
        storm.sweeps += 1
        now += TICK if claims or len(post.mails) > before else 15 * TICK
    return storm


_ESCALATIONS_LEFT = (
    "SELECT count(*) FROM alert WHERE role = 'manager' AND kind = 'missed' AND state = 'pending' "
    "AND strict_due < '2023-03-09 06:00:00'"
)
"""Those that the standstill left behind; what falls due afterwards is the day's own."""


def wrong(database: Database, storm: Storm, post: Post) -> Iterator[str]:
    """Yield what did not hold."""
    if storm.escalated > ESCALATED_WITHIN:
        yield f"the last escalation went out after {storm.escalated}"
    for box, instants in sorted(storm.received.items()):
        close = [later - earlier for earlier, later in pairwise(instants)]
        if any(apart < APART for apart in close):
            yield f"{box} got two messages within {min(close)}"
    for query, what in _SILENT.items():
        if number := _count(database, query):
            yield f"{number} {what}"
    yield from _not_received(database, post)


def _not_received(database: Database, post: Post) -> Iterator[str]:
    """Yield how many stand as delivered and were in no mail; a long message names the first and counts the others."""
    with database.reading() as session:
        rows = session.execute(text("SELECT reference, bundle FROM alert WHERE state = 'delivered'")).all()
    named = {one for mail in post.mails for one in mail.references} | {mail.reference for mail in post.mails}
    missing = sum(reference not in named and bundle not in named for reference, bundle in rows)
    if missing:
        yield f"{missing} alerts stand as delivered and were not received"
    known = {str(one) for row in rows for one in row}
    if strange := named - known:
        yield f"{len(strange)} references were received that nothing delivered has"


_SILENT = {
    "SELECT count(*) FROM alert WHERE state = 'dropped' AND reason = ''": "alerts dropped without a reason",
    "SELECT count(*) FROM rung WHERE outcome = 'overtaken' AND reason = ''": "rungs overtaken without a reason",
    "SELECT count(*) FROM alert WHERE state = 'pending' AND next_attempt_at <= '2023-03-09 06:49:00'": "left unsent",
    "SELECT count(*) FROM discharge WHERE failures > 0": "discharges set aside",
    "SELECT count(*) FROM (SELECT 1 FROM rung WHERE outcome = 'fired' GROUP BY episode, key, revision, at "
    "HAVING count(*) > 1)": "duties of which two rungs fired at once",
}


def _count(database: Database, query: str) -> int:
    with database.reading() as session:
        return int(session.execute(text(query)).scalar_one())
