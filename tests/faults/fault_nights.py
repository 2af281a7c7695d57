"""Every quarter of an hour of 2018 to 2035 through every rule of time, and the engine through the nights (R7).

A second opinion in whole numbers, without any library of time, says what is right: tests/faults/nights/.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from calendars import StaffingRule
from hemgang.store.database import open_database
from tests.faults.measuring import Measured
from tests.faults.nights import instants
from tests.faults.nights.calendar_rules import MONOTONE, Pair, at, gap_of, of_staff, of_the_clock, pairs
from tests.faults.nights.columns import in_columns
from tests.faults.nights.dues import REGIONS, of_digests, of_duties
from tests.faults.nights.engine_night import Night, through
from tests.faults.nights.eu_clock import summer_of
from tests.faults.scenarios.server import postgresql

LONG = 631_104
GOAL = "all quarter-hours x all rules of time: no exception, nothing in the gap, all as the second opinion says"
PART = 8_000
SHOWN = 30
QUICK_YEARS = (2026,)


@dataclass
class Tally:
    """How many answers were compared, by rule, and what was wrong with the first of each."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)

    def take(self, rule: str, where: str, answer: object, expected: object) -> None:
        """Compare one answer."""
        self.answers[rule] += 1
        if answer != expected:
            self.wrong.setdefault(rule, f"{rule} at {where}: {answer} instead of {expected}")

    def add(self, other: "Tally") -> None:
        """Add what another compared."""
        self.answers += other.answers
        self.wrong = other.wrong | self.wrong


def measure(size: int, seed: int) -> Measured:
    """Ask every rule at `size` instants (all of them from 631 104 on), and walk the engine through the nights."""
    whole = size >= LONG
    asked = [*instants.every()] if whole else instants.some(size, seed)
    tally = at_instants(asked, alone=not whole)
    for rule, answers, wrong in in_columns(pairs(), asked):
        tally.answers[rule] += answers
        if wrong:
            tally.wrong[rule] = f"{rule}: {wrong} of {answers} differ"
    nights = [*walks(instants.YEARS if whole else QUICK_YEARS)]
    broken = [*tally.wrong.values(), *(f"{name}: {line}" for name, night in nights for line in night.broken)]
    figures: dict[str, int | float | str] = {
        "instants": len(asked),
        "rules": len(tally.answers),
        "answers compared": tally.answers.total(),
        "nights walked": len(nights),
        "alerts in them": sum(night.alerts for _, night in nights),
    }
    return Measured("nights", GOAL, size, seed, figures, tuple(broken[:SHOWN]))


def at_instants(asked: Sequence[int], *, alone: bool) -> Tally:
    """Ask every rule that takes single instants; `alone`: in this process only."""
    parts = [asked[start : start + PART] for start in range(0, len(asked), PART)]
    tally = Tally()
    if alone:
        done: Iterator[Tally] = map(part_of, parts)
        for one in done:
            tally.add(one)
        return tally
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        for one in pool.map(part_of, parts):
            tally.add(one)
    return tally


def part_of(asked: Sequence[int]) -> Tally:
    """Ask every rule at some instants in order, the hour that never comes of their years, and what must not go back."""
    tally, known = Tally(), pairs()
    by_rule = {pair.rule: pair for pair in known}
    for instant in asked:
        _one(instant, known, by_rule, tally)
    for pair in known:
        _monotone(pair, asked, tally)
    for year in sorted({at(instant).year for instant in asked} & {*instants.YEARS}):
        for rule, answer, expected in gap_of(year):
            tally.take(rule, str(year), answer, expected)
    return tally


def walks(years: Sequence[int]) -> Iterator[tuple[str, Night]]:
    """Walk the engine through both nights of each year on SQLite, and of one year on PostgreSQL."""
    for year in years:
        for change in summer_of(year):
            with TemporaryDirectory(prefix="hemgang-faults-") as folder:
                url = f"sqlite:///{folder}/night.db"
                yield f"SQLite, {at(change):%Y-%m-%d}", _walk(url, Path(folder), change)
    with postgresql() as server:
        for change in summer_of(QUICK_YEARS[0]):
            with TemporaryDirectory(prefix="hemgang-faults-") as folder:
                url = server.new(f"night_{change}")
                yield f"PostgreSQL, {at(change):%Y-%m-%d}", _walk(url, Path(folder), change)


def _walk(url: str, folder: Path, change: int) -> Night:
    with closing(open_database(url)) as database:
        return through(database, folder, change)


def _one(instant: int, known: Sequence[Pair], by_rule: Mapping[StaffingRule, Pair], tally: Tally) -> None:
    where = f"{at(instant):%Y-%m-%d %H:%M} UTC"
    quarter = instant // instants.QUARTER
    region = list(REGIONS)[(quarter + quarter // 96) % len(REGIONS)]
    try:
        for rule, answer, expected in of_the_clock(instant):
            tally.take(rule, where, answer, expected)
        for pair in known:
            for rule, answer, expected in (*of_staff(pair, instant), of_digests(instant, pair)):
                tally.take(f"{pair.name}: {rule}", where, answer, expected)
        for rule, answer, expected in of_duties(instant, region, by_rule):
            tally.take(rule, f"{where}, county {region}", answer, expected)
    except Exception as error:  # any at all is a broken rule, and the other instants are still asked
        tally.wrong.setdefault("exception", f"{type(error).__name__} at {where}: {error}")


def _monotone(pair: Pair, asked: Sequence[int], tally: Tally) -> None:
    for name, rule in MONOTONE.items():
        for earlier, later in pairwise(rule(pair, at(instant)) for instant in asked):
            tally.take(f"{pair.name}: {name} never goes back", str(later), later >= earlier, True)
