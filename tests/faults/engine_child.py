"""One engine as a process of its own, to be killed at any instant: walks a virtual clock over files of arrivals.

Arguments: database URL, directory, arrivals (JSON), the instant up to which to walk. It goes on from what the store
says: all that has arrived by the clock file's instant is taken in again, which changes nothing.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hemgang import clock
from hemgang.engine.rules import load_rules
from hemgang.store import discharges, outbox
from hemgang.store.database import open_database
from hemgang.store.migrate import upgrade
from tests.engine.walking import advance_all, next_instant, send_all, take

SHORT = timedelta(seconds=0.05)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def main(url: str, directory: Path, arrivals: Path, until: datetime, clock_file: Path) -> None:
    """Walk on from the instant in the clock file."""
    discharges.LEASE = outbox.LEASE = SHORT
    database = open_database(url)
    upgrade(database)
    rules = load_rules(directory=directory)
    told = [(datetime.fromisoformat(when), line) for when, line in json.loads(arrivals.read_text(encoding="utf-8"))]
    now = datetime.fromisoformat(clock_file.read_text(encoding="utf-8"))
    print("ready", flush=True)
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
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), datetime.fromisoformat(sys.argv[4]), Path(sys.argv[5]))
