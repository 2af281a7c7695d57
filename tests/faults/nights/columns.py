"""The rules that take whole columns of instants or days, over all of 2018 to 2035, beside the second opinion."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.columns import local_dates, local_seconds, planning_starts
from calendars.deadlines import next_weekday as next_weekdays
from calendars.deadlines import nth_weekday_after as nth_weekdays_after
from tests.faults.nights.calendar_rules import Pair
from tests.faults.nights.eu_clock import on_the_wall
from tests.faults.nights.oracle import next_weekday, nth_weekday_after


def in_columns(pairs: Sequence[Pair], instants: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Yield each rule's name, how many it was asked, and how many of its answers differ."""
    asked = np.array(instants, dtype="datetime64[s]").astype("datetime64[us]")
    walls = [on_the_wall(at) for at in instants]
    days = np.array(sorted({number for number, _ in walls}), dtype="datetime64[D]")
    numbers = days.astype(np.int64).tolist()
    answers = {
        "local_dates": (local_dates(asked).astype(np.int64), [number for number, _ in walls]),
        "local_seconds": (local_seconds(asked), [seconds for _, seconds in walls]),
        "next_weekday": (next_weekdays(days).astype(np.int64), list(map(next_weekday, numbers))),
        "nth_weekday_after": (
            nth_weekdays_after(days, 5).astype(np.int64),
            [nth_weekday_after(number, 5) for number in numbers],
        ),
    }
    for pair in pairs:
        starts = planning_starts(asked, pair.rule).astype("datetime64[s]").astype(np.int64)
        answers[f"planning_starts of {pair.name}"] = starts, list(map(pair.hours.next, instants))
    for name, (found, expected) in answers.items():
        yield name, len(expected), int((np.asarray(found) != np.asarray(expected)).sum())
