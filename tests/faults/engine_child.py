"""One engine as a process of its own, to be killed at any instant: walks a virtual clock over a file of arrivals."""

import json
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

from hemgang import clock
from hemgang.engine.rules import load_rules
from hemgang.store import discharges, outbox
from hemgang.store.database import open_database
from hemgang.store.migrate import upgrade
from tests.engine.walking import advance_all, next_instant, send_all, take

SHORT = timedelta(seconds=0.05)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def main(url: str, folder: Path, until: datetime, ready: Event) -> None:
    """Walk on from the instant in the clock file; what had arrived by then is taken in again, which changes nothing."""
    clock_file = folder / "clock"
    discharges.LEASE = outbox.LEASE = SHORT
    database = open_database(url)
    upgrade(database)
    rules = load_rules(directory=folder / "directory.toml")
    told = [(datetime.fromisoformat(when), line) for when, line in json.loads((folder / "arrivals.json").read_text())]
    now = datetime.fromisoformat(clock_file.read_text(encoding="utf-8"))
    ready.set()
    while now <= until:
        clock.set_virtual(clock_file, now)
        lines = [line for when, line in told if when <= now]
        if lines:
            take(database, *lines, now=now)
        advance_all(database, rules, now)
        send_all(database, rules, now)
        stored = next_instant(database)
        if stored is not None and stored <= now:
            continue  # what a killed engine had claimed: its lease runs out in a moment
        now = min([when for when, _ in told if when > now] + [stored or LATER])
    database.close()
