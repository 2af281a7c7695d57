"""`python -m benchmarks` names its measurements without the opponents' packages, and refuses a name that is none."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_list_names_every_measurement_and_how_it_is_run() -> None:
    told = benchmarks("--list")
    assert told.returncode == 0, told.stderr
    named = [line.split("  ")[0].removeprefix("python -m ") for line in told.stdout.splitlines()]
    assert named == [
        "benchmarks closing",
        "benchmarks.code_paths",
        "benchmarks fold",
        "benchmarks growth",
        "benchmarks load",
        "benchmarks national_day",
        "benchmarks planning",
        "benchmarks.prefect_forms",
        "benchmarks timers_peers",
    ]


def test_a_name_that_is_no_benchmark_is_refused_in_one_line() -> None:
    told = benchmarks("opponents")
    assert told.returncode == 2
    assert "invalid choice: 'opponents'" in told.stderr
    assert "Traceback" not in told.stderr
