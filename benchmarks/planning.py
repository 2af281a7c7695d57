"""When planning starts: one instant beside three packages for business hours, columns beside a NumPy table by hand."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.columns import Instants, planning_starts
from benchmarks.planning_opponents import (
    by_businesstimedelta,
    by_businesstimedelta_dates,
    by_numpy,
    by_pandas,
    by_workalendar,
)
from calendars import STANDARD, next_staffed, planning_start

ROUNDS = 5
SINGLE, TOGETHER = 1_000, 1_000_000
AGAIN = 20
"""Times that the same thousand are asked of hemgang in a round, for which once is too short to time."""

FIRST, LAST = datetime(2018, 1, 1, tzinfo=UTC), datetime(2022, 12, 31, tzinfo=UTC)
"""Notices come at any microsecond between; none at an exact closing, which pandas counts as inside."""

BUILT_FOR = (date(2017, 12, 1), date(2023, 2, 28))
TIMES_GOAL, COLUMN_GOAL = 300, 3

Nanoseconds = dict[str, float]
"""Of one instant, by who computes it: the median of the rounds."""


def measure() -> dict[str, Any]:
    """Measure both forms in one run; all opponents take turns in every round and give the same instants."""
    single, together = _one_by_one(), _in_columns()
    times = {
        f"{name} / hemgang": round(value / single["hemgang"], 1) for name, value in single.items() if name != "hemgang"
    }
    column = round(together["hemgang"] / together["numpy_by_hand"], 2)
    return {
        "name": "planning",
        "rounds": ROUNDS,
        "one_instant": {"instants": SINGLE, "nanoseconds": single, "ratios": times},
        "column": {"instants": TOGETHER, "nanoseconds": together, "ratios": {"hemgang / numpy_by_hand": column}},
        "goals": {
            f"businesstimedelta / hemgang >= {TIMES_GOAL}": times["businesstimedelta / hemgang"] >= TIMES_GOAL,
            f"hemgang / numpy_by_hand <= {COLUMN_GOAL}": column <= COLUMN_GOAL,
        },
    }


def _one_by_one() -> Nanoseconds:
    """Measure the start alone, as the opponents give it, and the start with its reason (`planning_start`)."""
    notices = _notices()
    answers: dict[str, Callable[[datetime], datetime]] = {
        "hemgang": lambda notice: next_staffed(STANDARD, notice),
        "hemgang_with_reason": lambda notice: planning_start(STANDARD, notice).starts_at,
        "businesstimedelta": by_businesstimedelta(*BUILT_FOR),
        "businesstimedelta_dates": by_businesstimedelta_dates(*BUILT_FOR),
        "pandas": by_pandas(*BUILT_FOR),
        "workalendar": by_workalendar(*BUILT_FOR),
    }
    wanted = [planning_start(STANDARD, notice).starts_at for notice in notices]
    for name, answer in answers.items():
        if [answer(notice) for notice in notices] != wanted:
            raise AssertionError(f"{name} does not compute the same planning starts")
    times = {name: AGAIN if name.startswith("hemgang") else 1 for name in answers}
    runs = {name: _over(answer, notices * times[name]) for name, answer in answers.items()}
    return _taking_turns(runs, of={name: SINGLE * times[name] for name in runs})


def _over(answer: Callable[[datetime], datetime], notices: Sequence[datetime]) -> Callable[[], object]:
    return lambda: [answer(notice) for notice in notices]


def _in_columns() -> Nanoseconds:
    notices, by_hand = _column(), by_numpy(*BUILT_FOR)
    if not np.array_equal(planning_starts(notices, STANDARD), by_hand(notices)):
        raise AssertionError("the table by hand does not compute the same planning starts")
    runs: dict[str, Callable[[], object]] = {
        "hemgang": lambda: planning_starts(notices, STANDARD),
        "numpy_by_hand": lambda: by_hand(notices),
    }
    return _taking_turns(runs, of=dict.fromkeys(runs, TOGETHER))


def _taking_turns(runs: dict[str, Callable[[], object]], *, of: dict[str, int]) -> Nanoseconds:
    """Run each once in every round, so that what disturbs the machine disturbs them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            started = perf_counter()
            run()
            seconds[name].append(perf_counter() - started)
    return {name: round(median(found) / of[name] * 1e9, 1) for name, found in seconds.items()}


def _notices() -> list[datetime]:
    draw = random.Random(1)  # noqa: S311 - a sample, no secret
    span = (LAST - FIRST) // timedelta.resolution
    return [FIRST + timedelta(microseconds=draw.randrange(span)) for _ in range(SINGLE)]


def _column() -> Instants:
    span = (LAST - FIRST) // timedelta.resolution
    drawn = np.random.default_rng(1).integers(0, span, TOGETHER).astype("timedelta64[us]")
    return np.datetime64(FIRST.replace(tzinfo=None), "us") + drawn
