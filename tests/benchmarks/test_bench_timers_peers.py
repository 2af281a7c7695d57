"""Timers beside peers: the kills are the same for all, and what the receiver got is counted as it says."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.load_sink import Sink
from benchmarks.timers_peers import counted
from benchmarks.timers_peers_contest import Contestant
from benchmarks.timers_peers_kept import kills

FIRST = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TIMERS = {f"timer-{number}": FIRST + timedelta(seconds=number) for number in range(5)}


def test_the_kills_are_the_same_for_everyone_with_as_many_workers() -> None:
    both, alone = (kills(workers=workers, seconds=120, apart=(10, 30), seed=1) for workers in (2, 1))
    assert both == kills(workers=2, seconds=120, apart=(10, 30), seed=1)
    assert [kill for kill in both if kill.worker == 0] == alone
    assert both != kills(workers=2, seconds=120, apart=(10, 30), seed=2)


def test_a_worker_lives_for_a_while_between_two_kills() -> None:
    moments = [kill.after for kill in kills(workers=1, seconds=600, apart=(10, 30), seed=1)]
    assert all(10 <= after - before <= 30 for before, after in pairwise(moments))
    assert all(0 <= moment < 600 for moment in moments)


def receiver(folder: Path, arrivals: Sequence[tuple[float, str]]) -> Sink:
    """Return a receiver that noted these: seconds after the first timer, and the reference."""
    log = folder / "received.log"
    log.write_text("".join(f"{FIRST.timestamp() + after:.4f} {key}\n" for after, key in arrivals), encoding="utf-8")
    return Sink(0, log, 0)


def contestant(sink: Sink) -> Contestant:
    """Return one whose references are the timers' keys."""

    def unused(_: object) -> None:
        raise NotImplementedError

    return Contestant("test", 1, sink, 0, unused, unused)  # type: ignore[arg-type]


def test_what_was_lost_doubled_early_or_late_is_counted(tmp_path: Path) -> None:
    arrivals = [
        (0.5, "timer-0"),
        (0.9, "timer-1"),
        (4.0, "timer-2"),
        (4.1, "timer-3"),
        (5.0, "timer-3"),
        (6.0, "other"),
    ]
    found = counted(contestant(receiver(tmp_path, arrivals)), TIMERS)
    assert {name: found[name] for name in ("received", "lost", "doubled", "under_no_key", "early", "late")} == {
        "received": 6,
        "lost": 1,
        "doubled": 1,
        "under_no_key": 1,
        "early": 1,
        "late": 0,
    }
    assert found["seconds"] == {"count": 4, "p50": 0.5, "p99": 2.0, "max": 2.0}


def test_more_than_a_tick_after_its_instant_is_late(tmp_path: Path) -> None:
    assert counted(contestant(receiver(tmp_path, [(2.01, "timer-0")])), TIMERS)["late"] == 1


def test_nothing_received_is_a_fault_of_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing came"):
        counted(contestant(receiver(tmp_path, [])), TIMERS)
