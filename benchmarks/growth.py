"""What a sweep and a message cost as the number of open discharges grows: claim, step and ingest, on PostgreSQL.

`HEMGANG_GROWTH_OPEN` names other sizes, with commas; each a multiple of the first.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import load_store
from benchmarks.load_copies import copy_originals, mark_originals
from benchmarks.load_database import Server, postgresql
from benchmarks.load_figures import percentile
from benchmarks.load_messages import messages
from benchmarks.load_store import Stay
from hemgang import clock
from hemgang.messages.readers import Line
from hemgang.services.advance import advance, claim_due
from hemgang.services.ingest import ingest
from hemgang.services.installation import Installation, open_installation
from hemgang.settings import read_settings

ALONE = True
"""Not run with all the others: it takes long, and needs a machine that does nothing else."""

OPEN = (1_000, 10_000, 100_000)
DUE, MESSAGES, ROUNDS = 200, 100, 5
FLAT = 2.0
"""How many times as long the same work may take in the largest store as in the smallest, a noisy machine included."""

TIMED = ("claim_nothing_ms", "claim_ms", "step_ms", "ingest_ms")
SOON = timedelta(minutes=1)
DATABASE = "growth"


@dataclass(frozen=True, slots=True)
class Store:
    """A store that grows: its stays and their instant, how many fall due in a sweep, numbers for what is added."""

    server: Server
    installation: Installation
    stays: Sequence[Stay]
    now: datetime
    due: int
    numbers: "count[int]"


def measure(sizes: Sequence[int] = (), rounds: int = ROUNDS, due: int = DUE) -> dict[str, Any]:
    """Measure the same work at each size; times are the medians of the rounds."""
    sizes = sizes or asked(os.environ)
    with TemporaryDirectory(prefix="hemgang-growth-") as folder, postgresql() as server:
        named = Path(folder, "directory.toml")
        named.write_text(load_store.directory(1), encoding="utf-8")
        installation = open_installation(read_settings().at(server.made(DATABASE), named))
        now = clock.machine_now()
        stays = load_store.stays_under_way(now, sizes[0], seed=1)
        store = Store(server, installation, stays, now, due, count(1))
        load_store.fill(installation.database, installation.rules, [b for s in stays for b in s.said], now=now)
        load_store.write_off(installation.database)
        mark_originals(installation.database)
        found = [_at_size(store, before, size, rounds) for before, size in pairwise((sizes[0], *sizes))]
        installation.database.close()
    growth = {name: round(found[-1][name] / found[0][name], 2) for name in TIMED}
    goals = {
        f"growth of a sweep and of a message <= {FLAT:.0f}": max(growth.values()) <= FLAT,
        "no large table read from end to end": not found[-1]["read_from_end_to_end"],
    }
    return {"name": "growth", "due": due, "rounds": rounds, "sizes": found, "growth": growth, "goals": goals}


def asked(environment: Mapping[str, str]) -> tuple[int, ...]:
    """Return the sizes that the environment asks for."""
    named = environment.get("HEMGANG_GROWTH_OPEN", "")
    return tuple(int(one) for one in named.split(",") if one) or OPEN


def _at_size(store: Store, before: int, size: int, rounds: int) -> dict[str, Any]:
    """Let the store grow from one size to another and measure there."""
    if size > before:
        copy_originals(store.installation.database, first=before // len(store.stays), last=size // len(store.stays) - 1)
    store.installation.database.close()  # so that the server has counted all that was done
    read_before = _read_from_end_to_end(store.server, size)
    sweeps = [_sweep(store) for _ in range(rounds)]
    ingested = _ingest(store, size)
    store.installation.database.close()
    read = _read_from_end_to_end(store.server, size)
    return {
        "open": size,
        **{name: round(median(one[name] for one in sweeps), 2) for name in sweeps[0]},
        "ingest_ms": round(median(ingested), 2),
        "ingest_p99_ms": round(percentile(ingested, 0.99), 2),
        "read_from_end_to_end": {
            table: times - read_before.get(table, 0)
            for table, times in read.items()
            if times > read_before.get(table, 0)
        },
    }


def _sweep(store: Store) -> dict[str, float]:
    """Let a fixed number fall due; return what it takes to claim and step them, and to look when nothing is due."""
    here, instant = store.installation, store.now + SOON
    bodies = [load_store.due_at(f"due-{next(store.numbers)}", instant, load_store.ward(at)) for at in range(store.due)]
    load_store.fill(here.database, here.rules, bodies, now=store.now)
    began = time.perf_counter()
    claims = claim_due(here.database, now=instant, owner="benchmark", limit=store.due)
    claimed = time.perf_counter()
    outcome = advance(here.database, claims, here.rules, now=instant)
    stepped = time.perf_counter()
    assert len(outcome.advanced) == store.due, outcome
    load_store.step_all(here.database, here.rules, now=instant)
    looks = time.perf_counter()
    assert not claim_due(here.database, now=instant, owner="benchmark", limit=store.due)
    looked = time.perf_counter()
    load_store.write_off(here.database)
    spent = {"claim_nothing_ms": looked - looks, "claim_ms": claimed - began, "step_ms": stepped - claimed}
    return {name: 1000 * seconds for name, seconds in spent.items()}


def _ingest(store: Store, size: int) -> list[float]:
    """Return what each of some messages takes, one call each, in milliseconds."""
    spent = []
    for body in messages(store.stays, discharges=size, count=min(MESSAGES, size)):
        named = {**body, "id": f"{body['id']}-again-{next(store.numbers)}", "at": store.now.isoformat()}
        began = time.perf_counter()
        report = ingest(store.installation.database, [Line(1, named)], source="benchmark", now=store.now)
        spent.append(1000 * (time.perf_counter() - began))
        assert report.accepted == 1, report
    load_store.step_all(store.installation.database, store.installation.rules, now=store.now + SOON)
    load_store.write_off(store.installation.database)
    return spent


def _read_from_end_to_end(server: Server, size: int) -> dict[str, int]:
    """Return how often each table with at least so many rows has been read from end to end so far."""
    asked_for = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup >= %s AND seq_scan > 0"
    with server.connected(DATABASE) as connection:
        return {str(name): int(str(times)) for name, times in connection.execute(asked_for, (size,)).fetchall()}
