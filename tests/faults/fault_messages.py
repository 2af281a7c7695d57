"""Malformed messages by the million, through the real reading path: never a crash, a hang or a wrong acceptance (R17).

What is done to them stands in tests/faults/malformed/, what is checked in `trial.py` there. Deterministic by its seed.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures import TimeoutError as NoAnswer

from tests.faults.malformed.files import files
from tests.faults.malformed.trial import Seen, try_file
from tests.faults.measuring import Measured

LONG = 10_000_000
GOAL = "mutated messages: 0 crashes, none over 50 ms (for each 64 KiB), 0 wrongly accepted or rejected, 0 values echoed"
PART = 5_000
ALONE = 50_000
"""Up to so many lines are read in this process: others would take longer to start."""

SHOWN = 50
SILENCE_S = 600


def measure(size: int, seed: int) -> Measured:
    """Read about `size` mutated lines, on every core but in an order that the seed alone decides."""
    began = time.monotonic()
    seen, busy_s = Seen(), 0.0
    for part, took_s in _parts(size, seed):
        seen.add(part)
        busy_s += took_s
    figures: dict[str, int | float | str] = {
        "lines": seen.counts["lines"],
        "accepted": seen.counts["accepted"],
        "rejected": seen.counts["rejected"],
        "slowest 64 KiB, ms": round(seen.slowest_s * 1000, 1),
        "lines a second and core": round(seen.counts["lines"] / max(busy_s, 1e-9)),
        "seconds": round(time.monotonic() - began, 1),
    }
    return Measured("messages", GOAL, size, seed, figures, tuple(seen.broken[:SHOWN]))


def read_part(seed: int, part: int, lines: int) -> tuple[Seen, float]:
    """Read one part; return what came of it, and the processor's seconds that it took."""
    began, seen = time.process_time(), Seen()
    for file in files(f"{seed}/{part}", lines):
        try_file(file, seen)
    return seen, time.process_time() - began


def _parts(size: int, seed: int) -> Iterator[tuple[Seen, float]]:
    parts = [(seed, part, min(PART, size - part * PART)) for part in range(-(-size // PART))]
    if size <= ALONE:
        yield from (read_part(*part) for part in parts)
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(read_part, *part): part for part in parts}
        try:
            for done in as_completed(waiting, timeout=SILENCE_S + size / 100):
                yield done.result()
        except NoAnswer:
            hung = [part for future, part in waiting.items() if future.running()]
            yield Seen(broken=[f"no answer: read_part{part}" for part in hung]), 0.0
            for process in multiprocessing.active_children():
                process.kill()
