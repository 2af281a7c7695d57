"""When patients come: admissions in order, day by day, fewer on days off, most of them by day and evening."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction

from calendars.sweden import is_working_day
from hemgang.simulate import habits
from hemgang.simulate.draws import chance_of, poisson
from hemgang.simulate.moments import instant

WARM_UP = timedelta(days=35)
"""How long before the span the first patients come, so that it begins with wards as full as they stay."""


def admissions(seed: str, *, start: date, end: date, discharges: int) -> Iterator[list[datetime]]:
    """Yield the admissions of each day in order, as instants in UTC, from 35 days before `start` to `end`, included.

    They come as often as it takes for about `discharges` patients to be discharged from `start` to `end`.
    """
    chance = chance_of(seed, "admissions")
    days = (end - start).days + 1
    daily = discharges / days / (1 - habits.DIES - habits.CANCELLED)
    day = start - WARM_UP
    while day <= end:
        weight = _WORKING_DAY if is_working_day(day) else _DAY_OFF
        count = poisson(chance, daily * weight)
        yield sorted(instant(day, chance.triangular(0, 24 * 60 - 1, 14 * 60)) for _ in range(count))
        day += timedelta(days=1)


def discharges_in(start: date, end: date, *, per_year: int) -> int:
    """Return how many discharges fall to a span, both days included, of so many a year; of each year its days' part.

    A span that ends before it starts has none.
    """
    total = Fraction(0)
    for year in range(start.year, end.year + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
        days = date(year, 12, 31).timetuple().tm_yday
        total += Fraction(per_year * max(0, (last - first).days + 1), days)
    return round(total)


_WORKING_DAY, _DAY_OFF = 1.08, 0.82
