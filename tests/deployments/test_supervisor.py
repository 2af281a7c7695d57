"""Supervised processes: what ends is started again, and one that keeps ending holds no other up."""

import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from deployments.supervisor import (
    RESTART_SECONDS,
    STABLE_SECONDS,
    Child,
    Process,
    restart_if_ended,
    start_child,
    stop_together,
)

SLEEPS = "import time; time.sleep(60)"
ENDS = "raise SystemExit(3)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def start(code: str) -> Process:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)


@pytest.fixture
def sleeping() -> Iterator[Child]:
    child = start_child("sleeping", partial(start, SLEEPS))
    yield child
    stop_together([child])


def test_a_killed_child_is_started_again_after_its_pause(sleeping: Child, capsys: pytest.CaptureFixture[str]) -> None:
    first = sleeping.process
    first.kill()
    first.wait()
    now = time.monotonic()
    restart_if_ended(sleeping, now=now)
    assert sleeping.process is first
    restart_if_ended(sleeping, now=now + RESTART_SECONDS[1] + 0.01)
    assert sleeping.process is not first
    assert sleeping.process.poll() is None
    assert "sleeping ended with -9" in capsys.readouterr().err


def test_pauses_grow_while_it_keeps_ending_and_begin_anew_after_a_calm_time() -> None:
    child = start_child("ends", partial(start, ENDS))
    pauses, now = [], time.monotonic()
    for number in count():
        child.process.wait()
        if number == len(RESTART_SECONDS):
            now += STABLE_SECONDS + 1
        restart_if_ended(child, now=now)
        assert child.restart_at is not None
        pauses.append(child.restart_at - now)
        if number == len(RESTART_SECONDS):
            break
        now = child.restart_at
        restart_if_ended(child, now=now)
    assert pauses[:-1] == pytest.approx([*RESTART_SECONDS[1:], RESTART_SECONDS[-1]])
    assert pauses[-1] == pytest.approx(RESTART_SECONDS[0])


def test_a_child_that_does_not_heed_is_made_to_end() -> None:
    child = start_child("deaf", partial(start, DEAF))
    assert child.process.stdout is not None
    child.process.stdout.readline()
    stop_together([child], patience=0.3)
    assert child.process.returncode == -9
