"""Folding a store of messages and taking a file of them in, beside the least that either could cost."""

import json
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from hemgang.episode.fold import fold
from hemgang.messages.readers import open_source
from hemgang.services.ingest import LINES_AT_ONCE, ingest
from hemgang.simulate import COUNTRY, lines
from hemgang.store.database import Database, open_database, upgrade
from hemgang.store.messages import by_episode

MESSAGES = 200_000
ROUNDS = 5
START, END = date(2023, 1, 1), date(2023, 12, 31)
AFTERWARDS = datetime(2024, 1, 2, tzinfo=UTC)
FOLD_GOAL, INGEST_GOAL = 50_000, 30_000
"""Messages a second and core."""

Row = tuple[str | None, ...]
Seconds = tuple[float, float]
"""Of one core, and on the clock: what waits for the disk is in the second alone."""


def measure(messages: int = MESSAGES, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure both in one run, on synthetic messages of the whole country; the median of the rounds counts.

    The opponents: `json.loads` of the stored bodies, and SQLite's own `executemany` of the stored rows into the same
    table with the same indexes, in as many transactions.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, store = Path(folder, "messages.ndjson"), Path(folder, "store.db")
        count = _write(source, messages)
        taking_in = _median(rounds, lambda: _ingest(source, store))
        schema, rows = _stored(store)
        inserting = _median(rounds, lambda: _insert(Path(folder, "bare.db"), schema, rows))
        folding = _median(rounds, lambda: _fold(store))
    parsing = _median(rounds, lambda: _parse(rows))
    folds = _row(len(rows), folding, beside=parsing, named="json.loads")
    ingests = _row(count, taking_in, beside=inserting, named="executemany")
    return {
        "name": "fold",
        "rounds": rounds,
        "fold_from_store": folds,
        "ingest_into_sqlite": ingests,
        "goals": {
            f"fold >= {FOLD_GOAL} messages/s/core": folds["messages_a_second_and_core"] >= FOLD_GOAL,
            f"ingest >= {INGEST_GOAL} messages/s/core": ingests["messages_a_second_and_core"] >= INGEST_GOAL,
        },
    }


def _row(messages: int, seconds: Seconds, *, beside: Seconds, named: str) -> dict[str, Any]:
    return {
        "messages": messages,
        "seconds_of_a_core": round(seconds[0], 2),
        "seconds": round(seconds[1], 2),
        "messages_a_second_and_core": round(messages / seconds[0]),
        "messages_a_second": round(messages / seconds[1]),
        f"{named}_seconds_of_a_core": round(beside[0], 2),
        f"ratio_to_{named}": round(seconds[0] / beside[0], 1),
    }


def _median(rounds: int, work: Callable[[], Seconds]) -> Seconds:
    found = [work() for _ in range(rounds)]
    return median(one[0] for one in found), median(one[1] for one in found)


def _timed(work: Callable[[], object]) -> Seconds:
    core, clock = process_time(), perf_counter()
    work()
    return process_time() - core, perf_counter() - clock


def _write(path: Path, messages: int) -> int:
    said = lines(COUNTRY, start=START, end=END, seed=1, discharges=messages // 12)
    with path.open("w", encoding="utf-8") as stream:
        return sum(stream.write(f"{line}\n") > 0 for line in islice(said, messages))


def _ingest(source: Path, store: Path) -> Seconds:
    for part in store.parent.glob(f"{store.name}*"):
        part.unlink()
    database = _open(store)
    upgrade(database)
    seconds = _timed(lambda: ingest(database, open_source(source), source="benchmark", now=AFTERWARDS))
    database.close()
    return seconds


def _fold(store: Path) -> Seconds:
    database = _open(store)

    def all_episodes() -> None:
        with database.reading() as session:
            for episode, messages in by_episode(session):
                fold(messages, episode=episode)

    seconds = _timed(all_episodes)
    database.close()
    return seconds


def _stored(store: Path) -> tuple[list[str], list[Row]]:
    """Return the statements that make the table of messages, and its rows in the order in which they came."""
    with sqlite3.connect(store) as connection:
        schema = connection.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'message' AND sql IS NOT NULL")
        made = [str(row[0]) for row in schema]
        rows = connection.execute("SELECT * FROM message ORDER BY rowid").fetchall()
    connection.close()
    return made, rows


def _insert(path: Path, schema: list[str], rows: list[Row]) -> Seconds:
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *schema):
        connection.execute(statement)
    marks = ", ".join("?" for _ in rows[0])

    def insert() -> None:
        for start in range(0, len(rows), LINES_AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            part = rows[start : start + LINES_AT_ONCE]
            connection.executemany(f"INSERT INTO message VALUES ({marks})", part)  # noqa: S608
            connection.execute("COMMIT")

    seconds = _timed(insert)
    connection.close()
    return seconds


def _parse(rows: list[Row]) -> Seconds:
    bodies = [str(row[-1]) for row in rows]
    return _timed(lambda: [json.loads(body) and None for body in bodies])


def _open(store: Path) -> Database:
    return open_database(f"sqlite:///{store}")


def main() -> None:
    """Print what `measure` returns."""
    print(json.dumps(measure(), indent=2))


if __name__ == "__main__":
    main()
