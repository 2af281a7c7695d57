"""Every single statement, commit and sending of thirty scenarios fails once, in every way; after it all comes right.

SQLite's method: fail the first operation, then the second, until none is left to fail; alone, and with all that follow.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.measuring import Measured
from tests.faults.scenarios.breaking import Fault, Operation, Way
from tests.faults.scenarios.playing import Workshop, play
from tests.faults.scenarios.scenario import Scenario
from tests.faults.scenarios.server import postgresql
from tests.faults.scenarios.thirty import SCENARIOS

LONG = len(SCENARIOS)
GOAL = "each operation fails: nothing lost, nothing twice, nothing closed changed"
QUICK_STRIDE = 53
"""In the quick form only each so manieth fault is made; which of them, the seed says."""
QUICK_ON_POSTGRESQL = 3
"""In the quick form only so many scenarios are played on PostgreSQL too."""

WAYS = {
    Operation.STATEMENT: (Way.BEFORE, Way.AFTER),
    Operation.COMMIT: (Way.BEFORE, Way.AFTER),
    Operation.SEND: (Way.BEFORE, Way.AFTER, Way.RAISED),
}


@dataclass
class Tally:
    """What was tried so far, and what broke."""

    tried: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def measure(size: int, seed: int) -> Measured:
    """Break `size` scenarios (30 = all, with every fault there is; fewer = some faults of each) on both databases."""
    scenarios = random.Random(seed).sample(SCENARIOS, min(size, LONG))  # noqa: S311  no secret
    whole = size >= LONG
    tally = Tally()
    with TemporaryDirectory(prefix="hemgang-faults-") as folder, postgresql() as server:
        both = (("SQLite", None, len(scenarios)), ("PostgreSQL", server.new("played"), QUICK_ON_POSTGRESQL))
        for name, url, few in both:
            workshop = Workshop(Path(folder) / name, url)
            number = seed
            for scenario in scenarios if whole else scenarios[:few]:
                number = break_each(
                    workshop, scenario, tally, stride=1 if whole else QUICK_STRIDE, offset=number, on=name
                )
            workshop.close()
    figures: dict[str, int | float | str] = {"scenarios": len(scenarios), **tally.tried}
    return Measured("each_operation", GOAL, size, seed, figures, tuple(tally.broken))


def break_each(
    workshop: Workshop,
    scenario: Scenario,
    tally: Tally,
    *,
    stride: int = 1,
    offset: int = 0,
    on: str = "SQLite",
) -> int:
    """Play a scenario with every `stride`-th fault there is in it; return the number that the next one counts from."""
    calm = play(workshop, scenario)
    tally.broken += [f"{on}, {scenario.name}, in peace: {one}" for one in calm.broken]
    number = offset
    for number, fault in enumerate(faults(calm.counts), start=offset + 1):
        if number % stride:
            continue
        played = play(workshop, scenario, fault, calm.seen)
        tally.tried[f"{fault.operation}s failed on {on}"] += 1
        if not played.met:
            tally.broken.append(f"{on}, {scenario.name}, {fault}: the fault was never met")
        tally.broken += [f"{on}, {scenario.name}, {fault}: {one}" for one in played.broken]
    return number


def faults(counts: Counter[Operation]) -> Iterator[Fault]:
    """Yield every fault of a scenario that has so many operations."""
    for operation, ways in WAYS.items():
        for number, way, sticky in product(range(1, counts[operation] + 1), ways, (False, True)):
            yield Fault(operation, way, number, sticky)
