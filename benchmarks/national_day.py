"""A day of the whole country through the real flows, a Prefect server and PostgreSQL beside them: how long it takes.

`HEMGANG_DAY_DISCHARGES` changes its size: about sixteen messages for each.
"""

import io
import os
import subprocess
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.load_figures import cores_used, cpu_now, peak_mib
from benchmarks.load_store import step_all, write_off
from benchmarks.load_work import SHIPPED, Work, working
from calendars.timezone import start_of_day
from hemgang import clock
from hemgang.messages.readers import read_ndjson
from hemgang.services.inbox import is_empty
from hemgang.services.ingest import ingest
from hemgang.settings import variable
from hemgang.simulate import COUNTRY, timed_lines

ALONE = True
"""Not run with all the others: it takes long, and needs a machine that does nothing else."""

DAY = date(2023, 3, 14)
"""A Tuesday without a holiday near it."""

DISCHARGES = 1_600
"""So many that about 25 000 messages arrive on the day."""

NATIONAL = 20_000
"""Fewer messages are no national day, whatever they take."""

SECONDS_A_DAY = 24 * 60 * 60
HEADROOM = 10
GOAL = f"{NATIONAL:,} messages and more take a {HEADROOM}th of a day at most"
HOURS = 24
HOUR_SECONDS = 600.0
LOOK_SECONDS = 0.02
PACE = {"HEMGANG_TICK_SECONDS": "0.1", "HEMGANG_RUN_SECONDS": "60"}
"""The clock jumps as soon as an hour's work is done, so the engine looks more often than it would in an hour."""


def measure(discharges: int | None = None) -> dict[str, Any]:
    """Measure one day on a virtual clock that waits for the work; what was open when it begins is not timed."""
    discharges = discharges or int(os.environ.get("HEMGANG_DAY_DISCHARGES", DISCHARGES))
    begins = start_of_day(DAY)
    arrivals = list(timed_lines(COUNTRY, start=DAY, end=DAY, seed=1, discharges=discharges))
    today = [(at, line) for at, line in arrivals if at >= begins]
    with working(prefect=True) as work:
        opened = _already_open(work, [line for at, line in arrivals if at < begins], begins)
        figures = _play(work, today, begins)
        with work.server.connected("hemgang") as connection:
            stored = connection.execute("SELECT count(*) FROM message WHERE stored_at > %s", (begins,)).fetchone()
    headroom = round(SECONDS_A_DAY / figures["seconds"], 1)
    return {
        "name": "national_day",
        "messages": len(today),
        "stored": int(str(stored[0])) if stored else 0,
        "open_before": opened,
        **figures,
        "headroom": headroom,
        "goals": {GOAL: len(today) >= NATIONAL and headroom >= HEADROOM},
    }


def _already_open(work: Work, lines: Sequence[str], now: datetime) -> int:
    """Take in what was said before the day and step it once; return how many discharges that were."""
    here = work.installation
    text = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
    ingest(here.database, read_ndjson(io.BytesIO(text)), source="benchmark", now=now)
    stepped = step_all(here.database, here.rules, now=now)
    write_off(here.database)
    return stepped


def _play(work: Work, today: Sequence[tuple[datetime, str]], begins: datetime) -> dict[str, Any]:
    """Let the day go by hour by hour, each as soon as the last one's work is done; return what it took."""
    assert work.prefect_pid is not None
    inbox, virtual = work.folder / "inbox", work.folder / "clock"
    inbox.mkdir()
    clock.set_virtual(virtual, begins)
    work.environment |= {variable("inbox"): str(inbox), clock.VARIABLE: str(virtual), **PACE}
    engine = work.start(SHIPPED)
    work.engines.append(engine)
    _until_done(work, inbox, begins, engine)
    processes = {"engine": engine.pid, "prefect_server": work.prefect_pid, "postgresql": work.server.pid}
    before, began = cpu_now(processes), time.monotonic()
    for hour in range(1, HOURS + 1):
        first, last = begins + timedelta(hours=hour - 1), begins + timedelta(hours=hour)
        _put(inbox, hour, [line for at, line in today if first <= at < last])
        clock.set_virtual(virtual, last)
        _until_done(work, inbox, last, engine)
    took = time.monotonic() - began
    return {
        "seconds": round(took, 1),
        "messages_to_the_receiver": len(work.sink.received()),
        "cores": cores_used(before, cpu_now(processes), took),
        "peak_mib": {name: peak_mib(pid) for name, pid in processes.items() if name != "postgresql"},
    }


def _put(inbox: Path, number: int, lines: Sequence[str]) -> None:
    """Lay a file into the inbox as a sender does: written under another ending, renamed when whole."""
    part = inbox / f"{number:02d}.part"
    part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="surrogateescape")
    part.rename(part.with_suffix(".ndjson"))


def _until_done(work: Work, inbox: Path, instant: datetime, engine: "subprocess.Popen[bytes]") -> None:
    """Wait until nothing lies in the inbox, nothing is due and nothing is left to send at an instant.

    Raises:
        RuntimeError: the engine ended, or has not come to the end of an hour's work for too long.
    """
    ends = time.monotonic() + HOUR_SECONDS
    while not is_empty(inbox) or not work.is_idle(instant):
        if engine.poll() is not None or time.monotonic() > ends:
            raise RuntimeError(f"the engine does not get on:\n{work.said(SHIPPED)}")
        time.sleep(LOOK_SECONDS)
