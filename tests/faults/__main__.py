"""Runs the long form of the fault suite: `python -m tests.faults` every fault, `python -m tests.faults kills` one.

Each result is stored as JSON in tests/faults/results/, and the table of docs/faults.md is brought up to date. The exit
code is 1 if any invariant did not hold.
"""

import argparse
import os
import platform
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

from hemgang import clock
from tests.faults.measuring import Measured, store
from tests.faults.table import DOCUMENT, stored, with_table

HERE = Path(__file__).parent


def main() -> int:
    """Run what was asked for; return the exit code."""
    named = sorted(path.stem.removeprefix("fault_") for path in HERE.glob("fault_*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Break hemgang on purpose, for long.")
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"only these, of: {', '.join(named)}")
    parser.add_argument("--size", type=int, help="how many kills, seeds, messages ... (default: each fault's own)")
    parser.add_argument("--seed", type=int, help="the seed of chance (default: of the day, shown)")
    parser.add_argument("--dry", action="store_true", help="store no result")
    asked = parser.parse_args()
    unknown = sorted(set(asked.name) - set(named))
    if unknown:
        parser.error(f"no such fault: {', '.join(unknown)}; there are: {', '.join(named)}")
    seed = asked.seed if asked.seed is not None else clock.machine_now().toordinal()
    results = [run(name, size=asked.size, seed=seed, keep=not asked.dry) for name in asked.name or named]
    return 0 if all(one.held for one in results) else 1


def run(name: str, *, size: int | None, seed: int, keep: bool) -> Measured:
    """Run one fault and tell what it came to."""
    fault: ModuleType = import_module(f"tests.faults.fault_{name}")
    wanted = size if size is not None else int(fault.LONG)
    print(f"{name}: {wanted}, seed {seed} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    measured: Measured = fault.measure(wanted, seed)
    seconds = time.monotonic() - began
    told = ", ".join(f"{key} {value}" for key, value in measured.figures.items())
    print(f"{name}: {'held' if measured.held else 'BROKEN'} in {seconds:.0f} s: {told}")
    for line in measured.broken:
        print(f"{name}: broken: {line}")
    if keep:
        store(measured, seconds=seconds, machine=_machine())
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8"), stored()), encoding="utf-8")
    return measured


def _machine() -> dict[str, object]:
    return {"day": str(clock.machine_now().date()), "cores": os.cpu_count(), "python": platform.python_version()}


if __name__ == "__main__":
    sys.exit(main())
