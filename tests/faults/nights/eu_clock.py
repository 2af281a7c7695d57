"""Stockholm's clock by whole numbers alone: the EU's rule for summer time, no time zone library (directive 2000/84/EC).

Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. Days are counted
from 1970-01-01 and seconds from its 00:00 UTC. The rule holds from 1996 on.
"""

from functools import lru_cache

HOUR, DAY = 3_600, 86_400
SUNDAY = 3
"""What the number of a Sunday leaves when divided by seven: 1970-01-01 was a Thursday."""

BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year: int, month: int) -> int:
    """Return how many days a month has."""
    return LENGTHS[month - 1] + (month == 2 and is_leap(year))


def day_number(year: int, month: int, day: int) -> int:
    """Return the number of a date that exists."""
    past = year - 1
    leaps = past // 4 - past // 100 + past // 400 - 477
    this = BEFORE_MONTH[month - 1] + (month > 2 and is_leap(year))
    return (year - 1970) * 365 + leaps + this + day - 1


def year_of(number: int) -> int:
    """Return the year in which a day lies."""
    year = 1970 + number // (366 if number >= 0 else 365)
    while day_number(year + 1, 1, 1) <= number:
        year += 1
    return year


@lru_cache(maxsize=1024)
def summer_of(year: int) -> tuple[int, int]:
    """Return the seconds at which summer time begins and ends in a year."""
    return _last_sunday(year, 3) * DAY + HOUR, _last_sunday(year, 10) * DAY + HOUR


def ahead(instant: int) -> int:
    """Return how many seconds Stockholm's clock is ahead of UTC at an instant."""
    begins, ends = summer_of(_year_at(instant // DAY))
    return 2 * HOUR if begins <= instant < ends else HOUR


def on_the_wall(instant: int) -> tuple[int, int]:
    """Return the local day and the seconds after 00:00 that the clock shows at an instant."""
    return divmod(instant + ahead(instant), DAY)


def readings(number: int, seconds: int) -> tuple[int, ...]:
    """Return the instants at which the clock shows a day and time: none in the gap, two in the hour that is twice."""
    shown = number * DAY + seconds
    return tuple(sorted(one for one in (shown - 2 * HOUR, shown - HOUR) if one + ahead(one) == shown))


def first_at(number: int, seconds: int) -> int:
    """Return the first instant of a day at which the clock shows a time or a later one (`seconds` may be 24 hours)."""
    found = readings(number, seconds)
    return found[0] if found else summer_of(_year_at(number))[0]


@lru_cache(maxsize=1 << 17)
def _year_at(number: int) -> int:
    return year_of(number)


def _last_sunday(year: int, month: int) -> int:
    last = day_number(year, month, 31)
    return last - (last - SUNDAY) % 7
