"""A month of many counties, simulated from one seed each: everything that can fail fails, and nothing may be lost.

One seed decides what arrives when, which processes there are and in which order they work, and every fault. To see a
seed again: `python -m tests.faults.fault_simulation SEED` (add `--days`, `--stays`, `--plant` as the message says).

What may differ from a run in peace, and is not held against the engine:

- An alert comes later, by as long as the faults gave no peace: see `simulation.quiet`. Of several rungs that fell due
  meanwhile only the latest speaks.
- A call that was true for less time than a look needs in peace may never be made; a deadline that came and went in
  between leaves no revision.
- By their clocks, processes may differ by up to twice a run's `skew`; so much earlier may a rung speak, and for so long
  may an alert be sent that a fact has just overtaken. Leases go by the database's clock, the same for all.
- An alert is received again, under the same reference, where nobody knows whether it came: no answer, or the sender
  died, stood still beyond its lease or lost the database before it wrote the outcome down.
- A message holds what was true when it was claimed, not what comes while it is under way.
- Two messages may come to one recipient in a quarter of an hour where the second is the first one tried again, or where
  its sender could not know of the first.
- Of two messages with one id and different content either may be kept, whichever was stored first.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.faults.measuring import Measured
from tests.faults.simulation.checks import wrong
from tests.faults.simulation.plants import PLANTS
from tests.faults.simulation.playing import Played, play

LONG = 2_000
GOAL = (
    "Months simulated from seeds, with kills, pauses, outages, silent channels, days of downtime: no alert lost, late, "
    "untrue or twice without need, each rung once, every message kept, all at rest at the end"
)
DAYS, STAYS = 30, 8
TAIL = 60
SHOWN = 5
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What one seed came to, in numbers and words."""

    seed: str
    steps: int
    facts: int
    alerts: int
    received: int
    troubles: int
    wrong: tuple[str, ...]


def measure(size: int, seed: int) -> Measured:
    """Play so many seeds for a month each, on two cores."""
    began = time.monotonic()
    with ProcessPoolExecutor(WORKERS) as pool:
        told = list(pool.map(run_month, [f"{seed}/{number}" for number in range(size)], chunksize=4))
    failing = [one for one in told if one.wrong]
    return Measured(
        name="simulation",
        goal=GOAL,
        size=size,
        seed=seed,
        figures={
            "days a seed": DAYS,
            "messages": sum(one.facts for one in told),
            "alerts": sum(one.alerts for one in told),
            "received": sum(one.received for one in told),
            "troubles": sum(one.troubles for one in told),
            "failing seeds": len(failing),
            "seeds a second": round(size / (time.monotonic() - began), 2),
        },
        broken=tuple(f"seed {one.seed}: {problem}" for one in failing for problem in one.wrong[:SHOWN]),
    )


def run_month(seed: str) -> Told:
    """Play one seed for a month."""
    return run(seed, days=DAYS, stays=STAYS)


def run(seed: str, *, days: int, stays: int, plant: str | None = None) -> Told:
    """Play one seed and check it."""
    played = play(seed, days=days, stays=stays, plant=PLANTS[plant] if plant else None)
    history = played.history
    return Told(
        seed=seed,
        steps=history.steps,
        facts=len(history.facts),
        alerts=len(played.tables.alerts),
        received=sum(one.got_at is not None for one in history.sendings),
        troubles=len(history.held) + len(history.sites),
        wrong=tuple(wrong(played)),
    )


def report(played: Played, problems: Sequence[str], *, days: int, stays: int, plant: str = "") -> str:
    """Return how to repeat a seed, what was wrong, and the end of its trace."""
    seed = played.weather.seed
    again = f"python -m tests.faults.fault_simulation {seed} --days {days} --stays {stays}"
    return "\n".join(
        [
            f"repeat: {again}{f' --plant {plant}' if plant else ''}",
            f"faults: {played.weather}",
            *(f"wrong: {problem}" for problem in problems),
            "the end of the trace:",
            *list(played.history.tail)[-TAIL:],
        ]
    )


def main() -> int:
    """Play one seed and show everything; the exit code is 1 if something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fault_simulation", description="Play one seed.")
    parser.add_argument("seed")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--stays", type=int, default=STAYS)
    parser.add_argument("--plant", choices=sorted(PLANTS), default="")
    parser.add_argument("--grep", default="", help="show only lines of the trace that hold this")
    asked = parser.parse_args()
    plant = PLANTS[asked.plant] if asked.plant else None
    played = play(asked.seed, days=asked.days, stays=asked.stays, plant=plant)
    problems = wrong(played)
    if asked.grep:
        print("\n".join(line for line in played.history.tail if asked.grep in line))
    print(report(played, problems, days=asked.days, stays=asked.stays, plant=asked.plant))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
