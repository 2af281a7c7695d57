"""The same timers on hemgang, APScheduler, Procrastinate and DBOS, their workers killed again and again: what arrives.

Each has a PostgreSQL server and a receiver of its own, the same timers, kills at the same moments, and two workers;
only APScheduler has one, since its job store is not for two. `HEMGANG_PEERS_TIMERS`, `HEMGANG_PEERS_SECONDS` and
`HEMGANG_PEERS_AFTERWARDS` change the size, `HEMGANG_PEERS_ONLY` names some of them, with commas.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.cost import cpu_seconds, load
from benchmarks.load_figures import spread
from benchmarks.timers_peers_contest import Contestant, opponent
from benchmarks.timers_peers_hemgang import contestant
from benchmarks.timers_peers_kept import Kept, kills
from hemgang import clock

ALONE = True
"""Not run with all the others: it takes long, and needs a machine that does nothing else."""

TICK_SECONDS = 2.0
SEED = 1
STORED_A_SECOND = 40
"""Timers that each of them is sure to store in a second, on any machine."""

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many timers, over how many seconds, how long afterwards is waited, how long a worker lives (least, most)."""

    timers: int = 2_000
    seconds: int = 180
    afterwards: int = 150
    lives: tuple[float, float] = (10.0, 30.0)


def measure(sizes: Sizes | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
    """Let each of them keep the same timers and count what the receiver got."""
    sizes = sizes or asked(os.environ)
    makers: dict[str, Callable[[], AbstractContextManager[Contestant]]] = {
        "hemgang": partial(contestant, sizes.timers),
        "apscheduler": partial(opponent, "apscheduler", workers=1),
        "procrastinate": partial(opponent, "procrastinate"),
        "dbos": partial(opponent, "dbos"),
    }
    named = only or [name for name in os.environ.get("HEMGANG_PEERS_ONLY", "").split(",") if name] or list(makers)
    found: dict[str, Any] = {}
    for name in named:
        print(f"timers_peers: {name} ...", file=sys.stderr, flush=True)
        with makers[name]() as one:
            found[name] = kept_by(one, sizes)
    return {"name": "timers_peers", "sizes": asdict(sizes), "of": found, "goals": _goals(found)}


def asked(environment: Mapping[str, str]) -> Sizes:
    """Return the sizes that the environment asks for."""
    usual = Sizes()
    return Sizes(
        timers=int(environment.get("HEMGANG_PEERS_TIMERS", usual.timers)),
        seconds=int(environment.get("HEMGANG_PEERS_SECONDS", usual.seconds)),
        afterwards=int(environment.get("HEMGANG_PEERS_AFTERWARDS", usual.afterwards)),
    )


def kept_by(one: Contestant, sizes: Sizes) -> dict[str, Any]:
    """Return what one of them made of the timers."""
    first = clock.machine_now() + timedelta(seconds=START_SECONDS + sizes.timers / STORED_A_SECOND)
    apart = sizes.seconds / sizes.timers
    timers = {f"timer-{number}": first + timedelta(seconds=number * apart) for number in range(sizes.timers)}
    one.store(timers)
    workers = Kept(one.start, one.workers)
    before, load_before = _beside(one), load()
    workers.begin()
    left = (first - clock.machine_now()).total_seconds()
    assert left >= START_SECONDS / 2, f"the timers were stored {START_SECONDS / 2 - left:.0f} s too late"
    planned = kills(workers=one.workers, seconds=sizes.seconds, apart=sizes.lives, seed=SEED)
    try:
        workers.kill_all(planned, first=first)
        workers.watch_until(first + timedelta(seconds=sizes.seconds + sizes.afterwards))
        after = _beside(one)
    finally:
        spent = workers.close()
    cpu = {"workers": round(spent, 1)} | {name: round(after[name] - before[name], 1) for name in before}
    told = {"version": one.version, "workers": one.workers, "kills": len(planned), "ended": workers.ended}
    return told | counted(one, timers) | {"cpu_seconds": cpu, "load": load_before}


def counted(one: Contestant, timers: Mapping[str, datetime]) -> dict[str, Any]:
    """Return what the receiver got of some timers: lost, doubled, early and late ones, and how late."""
    received = one.receiver.received()
    assert received, f"nothing came from {one.version}: its workers do not work"
    keys = one.keys([reference for _, reference in received])
    first: dict[str, float] = {}
    for (at, _), key in zip(received, keys, strict=True):
        first.setdefault(key, at)
    times = Counter(key for key in keys if key in timers)
    late = {key: first[key] - due.timestamp() for key, due in timers.items() if key in first}
    return {
        "timers": len(timers),
        "received": len(received),
        "lost": len(timers) - len(late),
        "doubled": sum(count > 1 for count in times.values()),
        "under_no_key": sum(key not in timers for key in keys),
        "early": sum(seconds < 0 for seconds in late.values()),
        "late": sum(seconds > TICK_SECONDS for seconds in late.values()),
        "seconds": spread(list(late.values())),
    }


def _beside(one: Contestant) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in {"postgresql": one.postgresql, **one.beside}.items()}


def _goals(found: Mapping[str, Any]) -> dict[str, bool]:
    ours = found.get("hemgang")
    if ours is None:
        return {}
    return {
        "hemgang: lost 0, early 0": ours["lost"] == 0 and ours["early"] == 0,
        "hemgang: none under two keys": ours["under_no_key"] == 0,
    }
