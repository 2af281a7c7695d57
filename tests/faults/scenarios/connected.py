"""Processes of one installation on PostgreSQL whose connections are cut: two engines, and one that feeds them.

All walk the same virtual time: the feeder takes in what has arrived at an instant, lets both engines work there until
nothing is due, and goes on to the next. A run that fails is followed by the next, as in `deployments.engine`.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from hemgang.services.installation import load_reference_data
from hemgang.store import leases, messages
from hemgang.store.database import Database, open_database
from tests.services.walking import advance_all, next_instant, send_all, take

T = TypeVar("T")

LEASE = timedelta(seconds=0.3)
AFTER_FAILURE_SECONDS = 0.02
ACKNOWLEDGE_FIRST = "acknowledge first"
"""A planted fault: an id is noted whether or not its message was stored, and a failure is not tried again."""
STORING_SECONDS = 0.1
"""How long storing takes then, so that some of the cuts fall into it."""


def engine(url: str, folder: Path, number: int, orders: Connection) -> None:
    """Step and send all that is due at each instant that is ordered, until None is."""
    leases.LEASE = LEASE
    database = open_database(url)
    rules = load_reference_data(directory=folder / "directory.toml")
    failures = folder / f"failures-engine-{number}"

    def work(now: datetime) -> None:
        advance_all(database, rules, now)
        send_all(database, rules, now)

    while (now := orders.recv()) is not None:
        again_and_again(lambda now=now: work(now), failures)  # type: ignore[misc]
        orders.send(True)
    database.close()


def feeder(url: str, folder: Path, engines: Sequence[Connection], planted: str) -> None:
    """Take in what arrives, one message at a time, and note the id of each when that has returned."""
    database = open_database(url)
    waiting = [
        (datetime.fromisoformat(when), line) for when, line in json.loads((folder / "arrivals.json").read_text())
    ]
    failures = folder / "failures-feeder"
    now: datetime | None = waiting[0][0]
    with (folder / "acknowledged").open("a", encoding="utf-8") as acknowledged:
        while now is not None:
            here, waiting = [line for when, line in waiting if when <= now], [one for one in waiting if one[0] > now]
            for line in here:
                _take(database, line, now, failures, planted)
                acknowledged.write(f"{json.loads(line)['id']}\n")
                acknowledged.flush()
            coming = _until_quiet(database, now, engines, failures)
            arriving = waiting[0][0] if waiting else None
            now = min((one for one in (coming, arriving) if one is not None), default=None) if arriving else None
    for one in engines:
        one.send(None)
    database.close()


def again_and_again(run: Callable[[], T], failures: Path) -> T:
    """Do something until it succeeds; note the kind of every error."""
    while True:
        try:
            return run()
        except Exception as error:  # as the engine's loop: whatever failed is tried again
            with failures.open("a", encoding="utf-8") as said:
                said.write(f"{type(error).__name__}\n")
            time.sleep(AFTER_FAILURE_SECONDS)


def _take(database: Database, line: str, now: datetime, failures: Path, planted: str) -> None:
    if planted != ACKNOWLEDGE_FIRST:
        again_and_again(lambda: take(database, line, now=now), failures)
        return
    append = messages.append_canonical

    def slowly(*given: Any, **named: Any) -> None:
        append(*given, **named)
        time.sleep(STORING_SECONDS)

    try:
        with patch.object(messages, "append_canonical", slowly):
            take(database, line, now=now)
    except Exception:
        failures.touch()


def _until_quiet(database: Database, now: datetime, engines: Sequence[Connection], failures: Path) -> datetime | None:
    """Let every engine work at an instant until nothing is due there; return what is due next."""
    while True:
        for one in engines:
            one.send(now)
        for one in engines:
            one.recv()
        coming = again_and_again(lambda: next_instant(database), failures)
        if coming is None or coming > now:
            return coming
        time.sleep(AFTER_FAILURE_SECONDS)  # what a broken run had claimed: its lease runs out in a moment
