"""`hemgang run`: one for a data directory, its children end with it, and a second signal leaves none of them behind."""

import fcntl
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deployments.starting import started

RUN = "deployments.run"

PARENT = """
import os, sys, time
from pathlib import Path
from deployments.supervisor import start_logged
sleep = [sys.executable, "-c", "import time; time.sleep(120)"]
child = start_logged(sleep, os.environ, Path(sys.argv[1]), end_with_parent=True)
print(child.pid, flush=True)
time.sleep(120)
"""
INTERRUPTED = """
import os, signal, sys
from deployments.supervisor import END_SIGNALS, interrupt_on_signals
interrupt_on_signals()
try:
    os.kill(os.getpid(), int(sys.argv[1]))
except KeyboardInterrupt:
    for number in END_SIGNALS:
        os.kill(os.getpid(), number)
    print("ended whole", flush=True)
"""


def is_there(pid: int) -> bool:
    try:
        return ")" in (said := Path(f"/proc/{pid}/stat").read_text()) and said.rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells children of their parent's end")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_there(child)
        parent.kill()
    ends = time.monotonic() + 20
    while is_there(child):
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_whatever_signal_ends_it_the_next_ones_are_not_heard(number: signal.Signals) -> None:
    told = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(int(number))], capture_output=True, text=True, check=False, timeout=60
    )
    assert (told.returncode, told.stdout.strip()) == (0, "ended whole")


def test_a_second_run_in_one_data_directory_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "hemgang").mkdir()
    with (tmp_path / "hemgang" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = started(RUN, {"XDG_DATA_HOME": str(tmp_path)})
    assert told.returncode == 2
    assert told.stderr.startswith("hemgang: another `hemgang run` works in ")
    assert len(told.stderr.splitlines()) == 1


def test_an_address_for_metrics_that_cannot_be_bound_and_a_file_that_is_no_database_are_said_first(
    tmp_path: Path,
) -> None:
    told = started(RUN, {"XDG_DATA_HOME": str(tmp_path), "HEMGANG_METRICS": "192.0.2.1:9464"})
    assert (told.returncode, told.stderr.splitlines()[0][:29]) == (2, "hemgang: HEMGANG_METRICS: 192")
    (tmp_path / "no.db").write_text("this is no database", encoding="utf-8")
    told = started(RUN, {"XDG_DATA_HOME": str(tmp_path), "HEMGANG_DATABASE": f"sqlite:///{tmp_path / 'no.db'}"})
    assert told.returncode == 2
    assert told.stderr.splitlines() == [f"hemgang: database sqlite:///{tmp_path / 'no.db'}: file is not a database"]
