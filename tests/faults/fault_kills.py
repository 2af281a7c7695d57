"""kill -9 at random points over the whole engine: inbox, steps, delivery, closing, with two engines, on both databases.

Checked from outside: what the receivers got, what lies in the inbox, and what the tables say, against an installation
that was left in peace. An alert may come twice, with the same reference; nothing else may differ.
"""

import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

from tests.faults.kills.checking import Calm, differences
from tests.faults.kills.databases import Databases, postgresql_databases, sqlite_databases
from tests.faults.kills.site import Site
from tests.faults.measuring import Measured
from tests.postgresql import postgresql_socket
from tests.services.post import post_office

LONG = 10_000
GOAL = "10 000 kills: 0 lost, 0 false, no closed row changed"
LONGEST_S = (0.04, 0.04, 0.15, 0.6)
"""Of how long an engine is left at its work before it is killed: mostly a moment, so that every stage is hit."""


def measure(size: int, seed: int) -> Measured:
    """Kill `size` times, half of them on each database, both at the same time."""
    with (
        sqlite_databases() as files,
        postgresql_socket("kills") as cluster,
        postgresql_databases(str(cluster)) as served,
    ):
        halves = ((files, size - size // 2), (served, size // 2))

        def one(half: tuple[Databases, int]) -> tuple[Counter[str], list[str]]:
            databases, kills = half
            counted, found = kill(databases, kills, random.Random(f"{seed}/{databases.kind}"))  # noqa: S311  no secret
            return counted, [f"{databases.kind}: {each}" for each in found]

        with ThreadPoolExecutor(2) as both:
            done = list(both.map(one, halves))
    total: Counter[str] = Counter(kills=0, installations=0, mails=0, doubled=0)
    for counted, _ in done:
        total.update(counted)
    return Measured("kills", GOAL, size, seed, dict(total), tuple(each for _, found in done for each in found))


def kill(databases: Databases, kills: int, chance: random.Random) -> tuple[Counter[str], list[str]]:
    """Kill engines `kills` times, installation after installation; return what was counted and what did not hold."""
    counted: Counter[str] = Counter()
    broken: list[str] = []
    folder = Path(mkdtemp(prefix="hemgang-kills-"))
    try:
        calm = _calm(databases, folder)
        while counted["kills"] < kills:
            number = counted["installations"]
            with post_office() as post:
                site = Site(databases.fresh(), folder / f"site-{number}", post)
                found = list(_kill_until_done(site, kills, chance, counted))
                if not site.finish():
                    found.append("the month was not carried to its end")
                found += differences(site, calm, counted)
                broken += [f"installation {number}: {one}" for one in found]
                site.database.close()
            counted["installations"] += 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counted, broken


def _calm(databases: Databases, folder: Path) -> Calm:
    with post_office() as post:
        site = Site(databases.fresh(), folder / "calm", post)
        if not site.finish():
            raise AssertionError("an installation left in peace did not carry the month to its end")
        seen = Calm.of(site)
        site.database.close()
        return seen


def _kill_until_done(site: Site, kills: int, chance: random.Random, counted: Counter[str]) -> Iterator[str]:
    """Start two engines, kill one after the other, again and again; yield what was lost of the acknowledged."""
    kept: set[str] = set()
    while not site.done and counted["kills"] < kills:
        pair = [site.start(), site.start(helper=True)]
        for _, ready in pair:
            ready.wait(60)
        chance.shuffle(pair)
        for child, _ in pair:
            time.sleep(chance.uniform(0.0, chance.choice(LONGEST_S)))
            if child.is_alive():
                child.kill()
                counted["kills"] += 1
            child.join()
        stored = site.messages()
        kept |= site.acknowledged()
        if kept - stored:
            yield f"acknowledged and not stored: {sorted(kept - stored)}"
