"""How many runs a watch may start: a burst saved up, then so many a second."""

import time

import pytest

from tasks.timing import Allowance


def test_a_burst_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    allowed = Allowance(0.5, burst=3)
    assert allowed.left == 3
    allowed.use(3)
    assert allowed.left == 0
    now[0] += 1.9
    assert allowed.left == 0
    now[0] += 0.2
    assert allowed.left == 1
    now[0] += 1_000
    assert allowed.left == 3


def test_without_a_limit_there_is_always_the_burst() -> None:
    allowed = Allowance(None, burst=3)
    allowed.use(30)
    assert allowed.left == 3
