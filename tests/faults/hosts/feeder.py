"""The feeder at the hub: takes in discharges little by little, waits until all are stepped, and compares.

    python -m tests.faults.hosts.feeder DISCHARGES SECONDS FOLDER

What one engine leaves that nothing disturbed is worked out beside it, on SQLite. Exit code 1 if the two differ.
"""

import json
import sys
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

from sqlalchemy import text

from hemgang import clock
from hemgang.messages.readers import open_source
from hemgang.services.advance import advance, claim_due
from hemgang.services.ingest import ingest
from hemgang.services.installation import Installation, open_installation
from hemgang.settings import read_settings
from hemgang.simulate import lines as simulated

PATIENCE_SECONDS = 240.0
LEFT = """
SELECT d.episode, d.state, d.standing,
       (SELECT count(*) FROM duty WHERE duty.episode = d.episode),
       (SELECT count(*) FROM duty_revision WHERE duty_revision.episode = d.episode),
       (SELECT count(*) FROM rung WHERE rung.episode = d.episode),
       (SELECT count(*) FROM alert WHERE alert.episode = d.episode)
FROM discharge d ORDER BY d.episode
"""
DUE = "SELECT count(*) FROM discharge WHERE stepped_at IS NULL"


def main(discharges: int, seconds: float, folder: Path) -> int:
    """Feed, wait, compare; print how it went and return the exit code."""
    here = open_installation(read_settings())
    parts = _by_discharge(discharges)
    begun = time.monotonic()
    for number, lines in enumerate(parts):
        _take_in(here, lines, folder)
        time.sleep(max(0.0, begun + seconds * (number + 1) / len(parts) - time.monotonic()))
    fed = time.monotonic()
    while (waiting := _ask(here, DUE)[0][0]) and time.monotonic() < fed + PATIENCE_SECONDS:
        time.sleep(0.5)
    sys.stdout.write(f"last discharge stepped {time.monotonic() - fed:.0f} s after the last was taken in\n")
    found, expected = _ask(here, LEFT), _undisturbed(parts, folder)
    wrong = sum(one != other for one, other in zip(found, expected, strict=False)) + abs(len(found) - len(expected))
    sys.stdout.write(f"{len(found)} discharges, {waiting} not stepped, {wrong} other than one undisturbed engine\n")
    return 1 if waiting or wrong else 0


def _by_discharge(discharges: int) -> list[list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    first, last = date(2023, 3, 1), date(2023, 3, 31)
    for line in simulated("23", start=first, end=last, seed=1, discharges=discharges, dirt=0.0):
        found[json.loads(line)["episode"]].append(line)
    return list(found.values())


def _take_in(here: Installation, lines: list[str], folder: Path) -> None:
    file = folder / "arriving.ndjson"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    ingest(here.database, open_source(file), source="trial", now=clock.now())


def _undisturbed(parts: list[list[str]], folder: Path) -> list[tuple[object, ...]]:
    alone = open_installation(read_settings().at(f"sqlite:///{folder / 'undisturbed.db'}"))
    _take_in(alone, [line for lines in parts for line in lines], folder)
    while claims := claim_due(alone.database, now=clock.now(), owner="alone", limit=200):
        advance(alone.database, claims, alone.rules, now=clock.now())
    return _ask(alone, LEFT)


def _ask(here: Installation, query: str) -> list[tuple[object, ...]]:
    with here.database.reading() as session:
        return [tuple(row) for row in session.connection().execute(text(query))]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])))
