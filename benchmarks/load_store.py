"""Open discharges for the load measurements: simulated stays of the whole country that are under way at an instant.

Each is taken from `hemgang.simulate` with all it has said so far, through the real `ingest` and `advance`, and knows
what it says next. Larger stores are copies of these (benchmarks/load_copies.py).
"""

import json
import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from hemgang.messages.readers import Line
from hemgang.services.advance import advance, claim_due
from hemgang.services.ingest import ingest
from hemgang.services.installation import ReferenceData
from hemgang.simulate import COUNTRY, county_of, timed_lines
from hemgang.simulate.county import POPULATION, directory_text
from hemgang.store.database import Database

Body = dict[str, Any]

SHARE_UNDER_WAY, FEW = 0.2, 60
"""Of the discharges of the simulated time, at least this share of all but a few are under way at an instant in it."""

BEFORE, AFTER = timedelta(days=30), timedelta(days=10)
TO_FIRST_RUNG = timedelta(hours=20)
"""The ward is told four hours before the admission notice is due, a day after the admission (LUS 2 kap. 3 §)."""

WARDS = 50
"""So many wards have the discharges of `due_at`, one after the other: alerts of one ward may share a message."""

CLAIMED_AT_ONCE = 2_000
ENDED = frozenset({"discharged", "died", "cancelled"})


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay under way: what it has said, and what it says next."""

    said: tuple[Body, ...]
    coming: Body


def stays_under_way(at: datetime, count: int, *, seed: int) -> list[Stay]:
    """Return `count` simulated stays that have begun by an instant and not ended; the same for the same arguments."""
    by_episode: dict[str, list[tuple[datetime, Body]]] = {}
    first, last = (at - BEFORE).date(), (at + AFTER).date()
    simulated = math.ceil(count / SHARE_UNDER_WAY) + FEW
    for arrives, line in timed_lines(COUNTRY, start=first, end=last, seed=seed, discharges=simulated, dirt=0):
        body = json.loads(line)
        by_episode.setdefault(body["episode"], []).append((arrives, body))
    found = []
    for told in by_episode.values():
        said = tuple(body for arrives, body in told if arrives <= at)
        if said and len(said) < len(told) and not ENDED & {str(body["type"]) for body in said}:
            found.append(Stay(said, told[len(said)][1]))
    assert len(found) >= count, f"only {len(found)} of the simulated stays are under way"
    return found[:count]


def ward(number: int) -> str:
    """Return the id of one of the wards of `due_at`."""
    return f"ward-under-load-{number % WARDS}"


def due_at(name: str, due: datetime, sender: str = "ward-under-load-0") -> Body:
    """Return the message of a discharge whose first alert is due at an instant, to the ward that sent the message."""
    return {
        "id": f"{name}-1",
        "episode": name,
        "type": "admitted",
        "at": (due - TO_FIRST_RUNG).isoformat(),
        "sender": sender,
        "region": "23",
        "municipality": "2380",
        "care": "somatic",
    }


def fill(database: Database, rules: ReferenceData, bodies: Iterable[Body], *, now: datetime) -> int:
    """Take messages in and step every discharge that is due; return how many were stepped."""
    report = ingest(database, (Line(at, body) for at, body in enumerate(bodies, 1)), source="benchmark", now=now)
    assert report.quarantined + report.conflicting == 0, report
    return step_all(database, rules, now=now)


def step_all(database: Database, rules: ReferenceData, *, now: datetime) -> int:
    """Step every discharge that is due."""
    stepped = 0
    while claims := claim_due(database, now=now, owner="benchmark", limit=CLAIMED_AT_ONCE):
        outcome = advance(database, claims, rules, now=now)
        assert not outcome.set_aside, "a synthetic discharge could not be stepped"
        stepped += len(outcome.advanced)
    return stepped


def write_off(database: Database) -> int:
    """Write the outbox down as delivered: what was overdue before the measurement began is no part of it."""
    with database.writing() as session:
        done = text("UPDATE alert SET state = 'delivered', next_attempt_at = NULL WHERE state = 'pending'")
        return int(session.connection().execute(done).rowcount)


def directory(port: int) -> str:
    """Return the directory of the whole country: everyone always staffed, told at once, all by one web call."""
    rows: dict[str, dict[str, str]] = {}
    for region in POPULATION:
        told = tomllib.loads(directory_text(county_of(region), mail_host="127.0.0.1", mail_port=1))
        for kind in ("unit", "contact"):
            for row in told[kind]:
                rows.setdefault(row["id"], {"table": kind, **row})
    for number in range(WARDS):
        rows[ward(number)] = {"table": "unit", "id": ward(number), "kind": "ward"}
    head = '[settings]\nlanguage = "sv"\nbundle_minutes = 0\n\n[operator]\nchannel = "sink"\n'
    channel = f'\n[[channel]]\nid = "sink"\nurl = "json://127.0.0.1:{port}/"\n'
    return head + channel + "".join(_entry(row) for row in rows.values())


def _entry(row: dict[str, str]) -> str:
    kept = {**row, "channel": "sink"}
    table = kept.pop("table")
    if table == "unit" or "hours" in kept:
        kept["hours"] = "always"
    return f"\n[[{table}]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in kept.items())
