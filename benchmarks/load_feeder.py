"""Gives messages to the real `ingest` at a fixed pace, one call each, whether or not the last one has been answered.

`python -m benchmarks.load_feeder PLAN TOLD` reads `{"begins": SECONDS SINCE 1970, "a_second": N, "bodies": [...]}` and
writes a line of JSON for each message: when it was meant to be given, when its call returned, which episode. The
database is the environment's. A message's time is measured from the instant it was meant for, so that one slow call
that holds others up counts against each of them.
"""

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hemgang import clock
from hemgang.messages.readers import Line
from hemgang.services.ingest import ingest
from hemgang.settings import read_settings
from hemgang.store.database import Database, open_database

SENDERS = 8
"""Calls that may be under way at once, as from as many senders."""

WRITTEN_BEFORE = timedelta(seconds=1)


def feed_all(plan: Path, told: Path) -> None:
    """Feed everything in the plan, then write what happened."""
    asked = json.loads(plan.read_text(encoding="utf-8"))
    database = open_database(read_settings().database)
    instants = [asked["begins"] + number / asked["a_second"] for number in range(len(asked["bodies"]))]
    with ThreadPoolExecutor(SENDERS) as senders:
        happened = list(senders.map(lambda one: _give(database, *one), zip(instants, asked["bodies"], strict=True)))
    told.write_text("".join(f"{json.dumps(one)}\n" for one in happened), encoding="utf-8")
    database.close()


def given(told: Path) -> Iterator[dict[str, Any]]:
    """Yield what a feeder wrote: `meant` and `answered` in seconds since 1970, `episode`, `accepted`."""
    return (json.loads(line) for line in told.read_text(encoding="utf-8").splitlines())


def _give(database: Database, meant: float, body: dict[str, Any]) -> dict[str, Any]:
    time.sleep(max(0.0, meant - clock.machine_now().timestamp()))
    at = datetime.fromtimestamp(meant, UTC) - WRITTEN_BEFORE
    line = Line(1, {**body, "at": at.isoformat()})
    report = ingest(database, [line], source="benchmark", now=clock.now())
    answered = clock.machine_now().timestamp()
    return {"meant": meant, "answered": answered, "episode": body["episode"], "accepted": report.accepted}


if __name__ == "__main__":
    feed_all(Path(sys.argv[1]), Path(sys.argv[2]))
