"""The opponents of planning start: three packages set up for Sweden's planning hours, and a NumPy table by hand.

Each gets the same staffed days, is built before the clock runs, and answers UTC instants with UTC instants.
"""

from collections.abc import Callable, Container
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import numpy as np
import pandas as pd
import pytz
from numpy.typing import NDArray
from workalendar.europe import Sweden

from calendars import is_working_day, long_holiday_of

Scalar = Callable[[datetime], datetime]

OPENS, CLOSES = time(8), time(17)
_ONE_DAY = timedelta(days=1)
_ZONE = ZoneInfo("Europe/Stockholm")
_PYTZ = pytz.timezone("Europe/Stockholm")
_DAY = 86_400_000_000


def by_businesstimedelta(first: date, last: date) -> Scalar:
    """Return working hours less an object of the `holidays` package, as the package's own introduction sets it up."""
    known = holidays.country_holidays(
        "SE", years=range(first.year, last.year + 2), categories=("public", "de_facto"), include_sundays=False
    )
    for day in _third_days(first, last):
        if day in known:
            known.pop(day)
    return _businesstimedelta(first, last, known)


def by_businesstimedelta_dates(first: date, last: date) -> Scalar:
    """Return the same with a plain set of every day without staff, its fastest form."""
    return _businesstimedelta(first, last, _off(first, last))


def _businesstimedelta(first: date, last: date, off: Container[date]) -> Scalar:
    """Put the hours together; third days on Saturdays and Sundays need a rule of one's own."""
    rule = businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(OPENS, CLOSES, working_days=[0, 1, 2, 3, 4], tz=_PYTZ),
            _ThirdDays(sorted(_third_days(first, last))),
            businesstimedelta.HolidayRule(off, tz=_PYTZ),
        ]
    )

    def answer(notice: datetime) -> datetime:
        start: datetime = rule.next(notice)[0]
        return start.astimezone(UTC)

    return answer


class _ThirdDays(businesstimedelta.Rule):  # type: ignore[misc]
    """The staffed hours of the third days, which the package has no rule for."""

    def __init__(self, days: list[date]) -> None:
        super().__init__(tz=_PYTZ)
        at = _PYTZ.localize
        self._hours = [(at(datetime.combine(day, OPENS)), at(datetime.combine(day, CLOSES))) for day in days]

    def next(self, notice: datetime) -> tuple[datetime, datetime]:
        opens, closes = next((opens, closes) for opens, closes in self._hours if notice < closes)
        return max(opens, notice), closes


def by_workalendar(first: date, last: date) -> Scalar:
    """Return a step from day to day by the package's calendar of Sweden, third days as extra working days."""
    calendar, third = Sweden(), sorted(_third_days(first, last))

    def answer(notice: datetime) -> datetime:
        here = notice.astimezone(_ZONE)
        day = here.date()
        if calendar.is_working_day(day, extra_working_days=third) and here.time() < CLOSES:
            if here.time() >= OPENS:
                return notice
        else:
            day = calendar.add_working_days(day, 1, extra_working_days=third)
        return datetime.combine(day, OPENS, _ZONE).astimezone(UTC)

    return answer


def by_pandas(first: date, last: date) -> Scalar:
    """Return `CustomBusinessHour`: every weekday of the week, less every day that is not staffed."""
    off = sorted(_off(first, last))
    hours = pd.offsets.CustomBusinessHour(
        start=OPENS, end=CLOSES, weekmask="Mon Tue Wed Thu Fri Sat Sun", holidays=np.array(off, dtype="datetime64[D]")
    )

    def answer(notice: datetime) -> datetime:
        found: datetime = hours.rollforward(pd.Timestamp(notice).tz_convert(_ZONE)).tz_convert("UTC")
        return found

    return answer


def by_numpy(first: date, last: date) -> Callable[[NDArray[np.datetime64]], NDArray[np.datetime64]]:
    """Return the look-up that one would write for these hours alone: a row for each day in UTC, in microseconds.

    It is right only because nobody is staffed around midnight, where the date in UTC is not the date in Stockholm.
    """
    third, days = _third_days(first, last), _days(first, last)
    staffed = [is_working_day(day) or day in third for day in days]
    opens = np.array([_micros(datetime.combine(day, OPENS, _ZONE)) for day in days])
    closes = np.array([_micros(datetime.combine(day, CLOSES, _ZONE)) for day in days])
    closes[~np.array(staffed)] = 0
    later = np.empty_like(opens)
    following = _micros(datetime.combine(last + _ONE_DAY, OPENS, _ZONE))
    for at in reversed(range(len(days))):
        later[at] = following
        following = opens[at] if staffed[at] else following
    before = (first - date(1970, 1, 1)).days

    def answer(notices: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        at = notices.view(np.int64)
        day = at // _DAY - before
        return np.where(at >= closes[day], later[day], np.maximum(at, opens[day])).view("datetime64[us]")

    return answer


def _third_days(first: date, last: date) -> set[date]:
    runs = map(long_holiday_of, _days(first, last))
    return {run.third_day for run in runs if run is not None}


def _off(first: date, last: date) -> set[date]:
    return {day for day in _days(first, last) if not is_working_day(day)} - _third_days(first, last)


def _days(first: date, last: date) -> list[date]:
    return [first + number * _ONE_DAY for number in range((last - first).days + 1)]


def _micros(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000
