"""What processes cost: CPU seconds of a process and all it started, from `/proc` (Linux), and the machine's load."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(*roots: int) -> float:
    """Return user and system time of these processes, all that they started and all of those that have ended."""
    return sum(_times(pid) for root in roots for pid in (root, *descendants(root)))


def descendants(root: int) -> list[int]:
    """Return the processes that `root` started, directly or not, as far as they live."""
    parents = _parents()
    found: list[int] = []
    wanted = [root]
    while wanted:
        parent = wanted.pop()
        children = [pid for pid, of in parents.items() if of == parent]
        found += children
        wanted += children
    return found


def environment_of(pid: int) -> Mapping[str, str]:
    """Return the environment a process was started with; empty once it has ended."""
    try:
        text = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(part.split("=", 1) for part in text.split("\0") if "=" in part)


def load() -> float:
    """Return the machine's load over the last minute."""
    return round(os.getloadavg()[0], 2)


def _parents() -> dict[int, int]:
    return {pid: int(fields[1]) for pid, fields in _stats()}


def _times(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS_A_SECOND if fields else 0.0


def _stats() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            yield int(folder.name), fields


def _stat(pid: int) -> list[str]:
    """Return what follows the name in `/proc/<pid>/stat`: state, parent, ..., times at 11 to 14."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
