"""Long holidays (helger som sträcker sig över mer än 2 dagar) and their third day; specification 2.2."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from calendars.sweden import holiday_name, is_working_day

_ONE_DAY = timedelta(days=1)
_SHORTEST_DAYS = 3


@dataclass(frozen=True, slots=True)
class LongHoliday:
    """A maximal run of three or more non-working days, `start` and `end` both included.

    `names` are the holidays in it in order of date; Saturdays and Sundays without a name are not there.
    """

    start: date
    end: date
    names: tuple[str, ...]

    @property
    def days(self) -> int:
        """The length in days, both ends included."""
        return (self.end - self.start).days + 1

    @property
    def third_day(self) -> date:
        """The third day, `start` + 2: the only one on which planning units are staffed."""
        return self.start + 2 * _ONE_DAY


def long_holiday_of(day: date) -> LongHoliday | None:
    """Find the long holiday a day belongs to; None for working days, plain weekends and shorter holidays.

    >>> long_holiday_of(date(2018, 4, 1)).third_day
    datetime.date(2018, 4, 1)
    >>> long_holiday_of(date(2018, 6, 16)) is None
    True

    Raises:
        TypeError: a datetime was passed.
        ValueError: the year lies outside 1990 to 2199.
    """
    if is_working_day(day):
        return None
    start = day
    while not is_working_day(start - _ONE_DAY):
        start -= _ONE_DAY
    return _long_holiday_from(start)


def long_holidays_by_third_day(year: int) -> tuple[LongHoliday, ...]:
    """List the long holidays whose third day falls in a year, in order of date.

    >>> [str(run.third_day) for run in long_holidays_by_third_day(2019)]
    ['2019-04-21', '2019-06-23', '2019-12-26']

    Raises:
        ValueError: the year lies outside 1991 to 2198.
    """
    found = []
    day = date(year, 1, 1)
    while day.year == year:
        run = long_holiday_of(day)
        if run is not None and run.third_day == day:
            found.append(run)
        day += _ONE_DAY
    return tuple(found)


@lru_cache(maxsize=1024)
def _long_holiday_from(start: date) -> LongHoliday | None:
    end = start
    while not is_working_day(end + _ONE_DAY):
        end += _ONE_DAY
    if (end - start).days + 1 < _SHORTEST_DAYS:
        return None
    days = [start + n * _ONE_DAY for n in range((end - start).days + 1)]
    return LongHoliday(start=start, end=end, names=tuple(name for name in map(holiday_name, days) if name is not None))
