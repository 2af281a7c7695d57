"""Figures that several load measurements share: percentiles, shares of a core, memory of a process (Linux)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.cost import cpu_seconds

KIB_IN_MIB = 1024


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (above 0, up to 1) of all values do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values, no percentile")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def spread(values: Sequence[float], *, digits: int = 3) -> dict[str, float | int | None]:
    """Return how many values there are, their p50, p99 and largest, rounded; None where there are no values."""
    if not values:
        return {"count": 0, "p50": None, "p99": None, "max": None}
    named = {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99), "max": max(values)}
    return {"count": len(values), **{name: round(value, digits) for name, value in named.items()}}


def peak_mib(pid: int) -> float:
    """Return the most memory (RSS) that a process has held so far, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / KIB_IN_MIB, 1)
    raise ProcessLookupError(f"process {pid} has no memory")


def cpu_now(processes: Mapping[str, int]) -> dict[str, float]:
    """Return the CPU seconds of each named process and of all it started, so far."""
    return {name: cpu_seconds(pid) for name, pid in processes.items()}


def cores_used(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Return what share of one core each took between two readings, `seconds` apart: 1.0 is a core, kept busy."""
    return {name: round((after[name] - before[name]) / seconds, 3) for name in before}
