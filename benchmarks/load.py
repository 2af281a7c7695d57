"""A hundred thousand open discharges, fifty messages a second for five minutes and timers beside them, on PostgreSQL.

`HEMGANG_LOAD_OPEN` and `HEMGANG_LOAD_SECONDS` change the size. The engine is the shipped one, and heeds what it always
heeds: with `HEMGANG_RUN_BUDGET=0` it gives no discharge a flow run of its own.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks import load_store
from benchmarks.load_copies import copy_originals, mark_originals
from benchmarks.load_figures import cores_used, cpu_now, peak_mib, spread
from benchmarks.load_late import MESSAGE, TIMER, UNKNOWN, Awaited, awaited, timers_between
from benchmarks.load_messages import Fed, feed, messages
from benchmarks.load_store import Stay
from benchmarks.load_work import SHIPPED, Work, working
from hemgang import clock

ALONE = True
"""Not run with all the others: it takes long, and needs a machine that does nothing else."""

TICK_SECONDS = 2.0
ACKNOWLEDGED_MS, MEMORY_MIB = 250, 512
LEAD_SECONDS = 5.0
STEPPED_A_SECOND = 50
"""Discharges that are sure to be stepped in a second before the measurement begins, on any machine."""

AFTERWARDS_SECONDS = 60.0
COPIES = 25
"""How many discharges stand for each original, itself included, unless that would make more originals than usual."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much load: open discharges, of which `originals` are not copies; seconds; messages and timers a second."""

    discharges: int = 100_000
    originals: int = 4_000
    seconds: int = 300
    messages_a_second: int = 50
    timers_a_second: int = 10
    engine: str = SHIPPED


def measure(sizes: Sizes | None = None) -> dict[str, Any]:
    """Measure one load: how soon messages are acknowledged and alerts arrive, and what the processes took."""
    sizes = sizes or asked(os.environ)
    with working(prefect=sizes.engine == SHIPPED) as work:
        stays, filled = _fill(work, sizes)
        engine = work.start_engine(sizes.engine)
        begins = _add_timers(work, sizes)
        figures = _under_load(work, sizes, stays, begins, engine.pid)
    return {
        "name": "load",
        "sizes": asdict(sizes),
        "pace": pace(os.environ),
        "filled": filled,
        **figures,
        "goals": _goals(figures),
    }


def asked(environment: Mapping[str, str]) -> Sizes:
    """Return the sizes that the environment asks for."""
    usual = Sizes()
    discharges = int(environment.get("HEMGANG_LOAD_OPEN", usual.discharges))
    return Sizes(
        discharges=discharges,
        originals=max(1, min(usual.originals, discharges // COPIES)),
        seconds=int(environment.get("HEMGANG_LOAD_SECONDS", usual.seconds)),
    )


def pace(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment changes about the engine's pace; empty = as shipped."""
    named = ("HEMGANG_RUN_BUDGET", "HEMGANG_RUN_SECONDS", "HEMGANG_RUNS_AT_ONCE", "HEMGANG_TICK_SECONDS")
    return {name: environment[name] for name in named if name in environment}


def _fill(work: Work, sizes: Sizes) -> tuple[list[Stay], dict[str, Any]]:
    """Fill the store; what was overdue in it is written down as sent. A part of a copy's round is left out."""
    now, began = clock.machine_now(), time.monotonic()
    here = work.installation
    stays = load_store.stays_under_way(now, sizes.originals, seed=1)
    load_store.fill(here.database, here.rules, [body for stay in stays for body in stay.said], now=now)
    by_services = time.monotonic() - began
    load_store.write_off(here.database)
    mark_originals(here.database)
    copies = sizes.discharges // sizes.originals - 1
    copy_originals(here.database, first=1, last=copies)
    return stays, {
        "originals": len(stays),
        "open": len(stays) * (copies + 1),
        "messages": sum(len(stay.said) for stay in stays) * (copies + 1),
        "seconds_by_the_services": round(by_services),
        "seconds": round(time.monotonic() - began),
    }


def _add_timers(work: Work, sizes: Sizes) -> datetime:
    """Add discharges whose first alerts fall due evenly over the measurement; return when it begins."""
    count = sizes.seconds * sizes.timers_a_second
    now = clock.machine_now()
    ready = now + timedelta(seconds=LEAD_SECONDS + count / STEPPED_A_SECOND)
    dues = [ready + timedelta(seconds=number / sizes.timers_a_second) for number in range(count)]
    bodies = [load_store.due_at(f"timer-{number}", due, load_store.ward(number)) for number, due in enumerate(dues)]
    load_store.fill(work.installation.database, work.installation.rules, bodies, now=now)
    assert work.wait_until_idle((ready - clock.machine_now()).total_seconds()), "the store was not at rest in time"
    return ready


def _under_load(work: Work, sizes: Sizes, stays: Sequence[Stay], begins: datetime, engine: int) -> dict[str, Any]:
    """Feed, let timers fall due, and return what was seen of it."""
    ends = begins + timedelta(seconds=sizes.seconds)
    bodies = messages(stays, discharges=sizes.discharges, count=sizes.seconds * sizes.messages_a_second)
    feeding = feed(work, bodies, begins=begins, a_second=sizes.messages_a_second)
    _sleep_until(begins)
    timers = timers_between(work.installation.database, begins, ends)
    processes = {"engine": engine, "postgresql": work.server.pid, "feeder": feeding.pid, "receiver": work.sink.pid}
    if work.prefect_pid is not None:
        processes["prefect_server"] = work.prefect_pid
    before, began = cpu_now(processes), time.monotonic()
    _sleep_until(ends)
    after, took = cpu_now(processes), time.monotonic() - began
    fed = feeding.wait(AFTERWARDS_SECONDS)
    rested = work.wait_until_idle(AFTERWARDS_SECONDS)
    alerts = awaited(work.installation.database, fed.causes(timers), work.sink.received(), since=begins)
    return {
        "acknowledged": _acknowledged(fed),
        "timers": {"due": len(timers), **_late(alerts, TIMER)},
        "alerts_after_messages": _late(alerts, MESSAGE),
        "alerts_without_a_known_cause": _late(alerts, UNKNOWN),
        "at_rest_afterwards": rested,
        "stepped": _stepped(work, begins),
        "peak_mib": {name: peak_mib(pid) for name, pid in processes.items() if name in {"engine", "prefect_server"}},
        "cores": cores_used(before, after, took),
    }


def _acknowledged(fed: Fed) -> dict[str, Any]:
    spent = [1000 * (one["answered"] - one["meant"]) for one in fed.messages]
    return {"accepted": sum(one["accepted"] for one in fed.messages), "milliseconds": spread(spent, digits=1)}


def _late(alerts: Sequence[Awaited], kind: str) -> dict[str, Any]:
    """Return the lateness in seconds of the alerts with one kind of cause, and how many never came."""
    late = [one.late for one in alerts if one.kind == kind and one.late is not None]
    return {
        "seconds": spread(late),
        "decided_after_seconds": spread([one.decided for one in alerts if one.kind == kind]),
        "within_a_tick": sum(one <= TICK_SECONDS for one in late),
        "not_received": sum(one.kind == kind and one.late is None for one in alerts),
    }


def _stepped(work: Work, since: datetime) -> int:
    """Return how many discharges were stepped since an instant; one that was stepped twice counts once."""
    with work.server.connected("hemgang") as connection:
        row = connection.execute("SELECT count(*) FROM discharge WHERE stepped_at >= %s", (since,)).fetchone()
    return int(str(row[0])) if row else 0


def _goals(figures: Mapping[str, Any]) -> dict[str, bool]:
    late = figures["timers"]["seconds"]["p99"]
    return {
        f"acknowledged p99 <= {ACKNOWLEDGED_MS} ms": figures["acknowledged"]["milliseconds"]["p99"] <= ACKNOWLEDGED_MS,
        f"due to received p99 <= {TICK_SECONDS:.0f} s": late is not None and late <= TICK_SECONDS,
        f"engine's peak memory < {MEMORY_MIB} MiB": figures["peak_mib"]["engine"] < MEMORY_MIB,
    }


def _sleep_until(instant: datetime) -> None:
    time.sleep(max(0.0, (instant - clock.machine_now()).total_seconds()))
