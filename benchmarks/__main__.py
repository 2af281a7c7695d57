"""Runs the benchmarks: `python -m benchmarks` those that are not long, `... load` one, `--list` names them all.

Each stores its figures in benchmarks/results/ and brings the table of docs/benchmarks.md up to date.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.cost import load
from benchmarks.table import DOCUMENT, FOLDER, stored, with_table
from hemgang import clock


def main() -> None:
    """Run what was asked for; exit with 2 on a name that is no benchmark."""
    here = Path(__file__).parent
    named = sorted(path.stem for path in here.glob("*.py") if _measures(path))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run the benchmarks and store results.")
    parser.add_argument("name", nargs="?", choices=named, help="run only this one")
    parser.add_argument("--list", action="store_true", help="name every measurement, and run none")
    asked = parser.parse_args()
    if asked.list:
        _list(here)
    elif asked.name is not None:
        run(asked.name)
    else:
        for name in named:
            if _is_alone(here / f"{name}.py"):
                continue
            print(f"{name} ...", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)  # noqa: S603 - this very module


def run(name: str) -> None:
    """Run one benchmark in this process, store its result and bring the table up to date."""
    machine = {
        "day": str(clock.now().date()),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": load(),
    }
    result: dict[str, Any] = import_module(f"benchmarks.{name}").measure()
    text = json.dumps({**result, "machine": machine}, indent=2, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_table(document, stored()), encoding="utf-8")
    for goal, met in result["goals"].items():
        print(f"{name}: {goal}: {'met' if met else 'NOT MET'}")


def _list(here: Path) -> None:
    for path in sorted(here.glob("*.py")):
        says = (ast.get_docstring(_tree(path)) or "").splitlines()
        if _measures(path):
            print(f"python -m benchmarks {path.stem:<20} {says[0]}")
        elif "main" in _functions(path) and not path.name.startswith("__"):
            print(f"python -m benchmarks.{path.stem:<20} {says[0]}")


def _measures(path: Path) -> bool:
    """Tell whether a module has a `measure` that needs nothing passed."""
    measure = _functions(path).get("measure")
    return measure is not None and len(measure.args.args) == len(measure.args.defaults)


def _is_alone(path: Path) -> bool:
    """Tell whether a benchmark is to be run by its name only (it says `ALONE = True`)."""
    targets = [target for node in _tree(path).body if isinstance(node, ast.Assign) for target in node.targets]
    return any(isinstance(target, ast.Name) and target.id == "ALONE" for target in targets)


def _functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in _tree(path).body if isinstance(node, ast.FunctionDef)}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
