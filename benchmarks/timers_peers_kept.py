"""Workers that are killed at planned moments and started again at once, and the CPU that all their lives cost."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.cost import cpu_seconds
from deployments.supervisor import stop
from hemgang import clock

Start = Callable[[int], "subprocess.Popen[bytes]"]


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: how many seconds after the first timer, and of which worker."""

    after: float
    worker: int


def kills(*, workers: int, seconds: float, apart: tuple[float, float], seed: int) -> list[Kill]:
    """Return when each worker is killed while timers fall due; the same for the same arguments, so for every opponent.

    A worker lives between `apart[0]` and `apart[1]` seconds from one kill to the next.
    """
    found = []
    for worker in range(workers):
        draw = random.Random(f"{seed}/{worker}")  # noqa: S311 - a draw, no secret
        after = draw.uniform(0, apart[1])
        while after < seconds:
            found.append(Kill(after, worker))
            after += draw.uniform(*apart)
    return sorted(found, key=lambda kill: kill.after)


@dataclass(slots=True)
class Kept:
    """Workers by number, each started again whenever it was killed or has ended."""

    start: Start
    workers: int
    alive: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    spent: float = 0.0
    ended: int = 0
    """How often a worker ended by itself."""

    def begin(self) -> None:
        """Start every worker."""
        self.alive = {number: self.start(number) for number in range(self.workers)}

    def kill_all(self, planned: Sequence[Kill], *, first: datetime) -> None:
        """Kill at each planned moment after `first`, as a power cut does, and start again at once."""
        for kill in planned:
            self.watch_until(first + timedelta(seconds=kill.after))
            self._end(kill.worker)
            self.alive[kill.worker] = self.start(kill.worker)

    def watch_until(self, instant: datetime) -> None:
        """Keep the workers running until an instant."""
        while (left := (instant - clock.machine_now()).total_seconds()) > 0:
            for worker, process in self.alive.items():
                if process.poll() is not None:
                    self.ended += 1
                    self.alive[worker] = self.start(worker)
            time.sleep(min(left, 0.1))

    def close(self) -> float:
        """End every worker; return the CPU seconds of all of them, the killed ones included."""
        for process in self.alive.values():
            self.spent += cpu_seconds(process.pid)
            stop(process)
        self.alive = {}
        return self.spent

    def _end(self, worker: int) -> None:
        process = self.alive[worker]
        self.spent += cpu_seconds(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
