"""Working days, holidays and long holidays with their third day: lag (1989:253), lag (1930:173) 2 §; specification 2.2.

The dates come from the PyPI package `holidays`, pinned, with every option passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

from holidays.countries.sweden import Sweden

from calendars.timezone import require_date

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


FIRST_YEAR = 1990
"""The year lag (1989:253) came into force: nothing earlier is answered."""

LAST_YEAR = 2199
"""The last year answered: the tests compare every date until then with a second opinion."""

_SATURDAY = 5
_SUNDAY = 6
_PROPER_NAMES = ("Kristi himmelsfärdsdag",)


class _Sweden(Sweden):
    """The package's Sweden with its years to our last: beyond 2100 it would otherwise answer with no holidays."""

    end_year = LAST_YEAR


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


def is_working_day(day: date) -> bool:
    """Tell whether a day is a working day: neither Saturday, Sunday, public holiday nor one of the three eves.

    The eves are midsommarafton, julafton and nyårsafton; påskafton and pingstafton count as the Saturdays they are.

    >>> is_working_day(date(2026, 6, 18)), is_working_day(date(2026, 6, 19))
    (True, False)

    Raises:
        TypeError: a datetime was passed.
        ValueError: the year lies outside 1990 to 2199.
    """
    require_date(day)
    return day.weekday() < _SATURDAY and day not in _holidays_of(day.year)


def holiday_name(day: date) -> str | None:
    """Give the Swedish name of a public holiday or one of the three eves; None for every other day.

    >>> holiday_name(date(2026, 4, 3)), holiday_name(date(2026, 4, 4))
    ('långfredagen', None)

    Raises:
        TypeError: a datetime was passed.
        ValueError: the year lies outside 1990 to 2199.
    """
    require_date(day)
    return _holidays_of(day.year).get(day)


def day_name(day: date) -> str | None:
    """Give the Swedish name of a non-working day, "lördag" or "söndag" where it has no other; else None.

    >>> day_name(date(2026, 4, 3)), day_name(date(2026, 4, 4)), day_name(date(2026, 4, 7))
    ('långfredagen', 'lördag', None)

    Raises:
        TypeError: a datetime was passed.
        ValueError: the year lies outside 1990 to 2199.
    """
    name = holiday_name(day)
    if name is not None:
        return name
    return {_SATURDAY: "lördag", _SUNDAY: "söndag"}.get(day.weekday())


@lru_cache(maxsize=1024)
def _long_holiday_from(start: date) -> LongHoliday | None:
    end = start
    while not is_working_day(end + _ONE_DAY):
        end += _ONE_DAY
    if (end - start).days + 1 < _SHORTEST_DAYS:
        return None
    days = [start + n * _ONE_DAY for n in range((end - start).days + 1)]
    return LongHoliday(start=start, end=end, names=tuple(name for name in map(holiday_name, days) if name is not None))


@cache
def _holidays_of(year: int) -> Mapping[date, str]:
    """Public holidays and the three eves of a year by date, with their names."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the calendar of Sweden is known for {FIRST_YEAR} to {LAST_YEAR}, not for {year}")
    known = _Sweden(
        years=year,
        expand=False,
        observed=False,
        subdiv=None,
        language="sv",
        categories=("public", "de_facto"),
        include_sundays=False,
    )
    return {day: " och ".join(_in_running_text(name) for name in known.get_list(day)) for day in known}


def _in_running_text(name: str) -> str:
    return name if name in _PROPER_NAMES else name[0].lower() + name[1:]
