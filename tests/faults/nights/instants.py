"""The instants that are asked: every quarter of an hour of 2018 to 2035, and those around nights and holidays first."""

import random
from datetime import date

from tests.faults.nights.eu_clock import DAY, HOUR, day_number, summer_of
from tests.faults.nights.oracle import EPOCH, is_weekday, midnight

YEARS = range(2018, 2036)
QUARTER = HOUR // 4
FIRST, LAST = midnight(day_number(2018, 1, 1)), midnight(day_number(2036, 1, 1))


def every() -> range:
    """Return every quarter of an hour, in seconds: 631 104 of them."""
    return range(FIRST, LAST, QUARTER)


def nights() -> list[int]:
    """Return every quarter of an hour of the two days around each change of the clock."""
    changes = [change for year in YEARS for change in summer_of(year)]
    return [at for change in changes for at in range(change - DAY, change + DAY, QUARTER)]


def around_holidays() -> list[int]:
    """Return every quarter of an hour of days off other than plain Saturdays and Sundays, and of the days beside."""
    days = range(FIRST // DAY + 1, LAST // DAY)
    off = {number for number in days if not is_weekday(number) and date.fromordinal(number + EPOCH).weekday() < 5}
    near = sorted({beside for number in off for beside in (number - 1, number, number + 1)})
    return [at for number in near for at in range(midnight(number), midnight(number + 1), QUARTER)]


def some(size: int, seed: int) -> list[int]:
    """Return the nights, and of the holidays and all other instants as many as there is room for, in order."""
    chance = random.Random(seed)  # noqa: S311  no secret
    chosen = set(nights())
    for more in (around_holidays(), [*every()]):
        room = max(0, size - len(chosen))
        fresh = [at for at in more if at not in chosen]
        chosen.update(chance.sample(fresh, min(len(fresh), room // (2 if more[-1] != LAST - QUARTER else 1))))
    return sorted(chosen)
