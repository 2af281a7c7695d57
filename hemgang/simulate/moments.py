"""Clock times of Stockholm as instants in UTC, and staffed hours on both sides of one, fast enough for a simulation."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from calendars.deadlines import practical_due
from calendars.staffing import STANDARD, add_staffed, next_staffed, subtract_staffed
from calendars.sweden import is_working_day
from calendars.zone import at_local, local_date, plain_utc, start_of_day

NOON = 12 * 60
_SETTLED = 3 * 60  # the clock has changed by then, where it changes


def instant(day: date, minute: float) -> datetime:
    """Return the instant at which a date's clock shows that many minutes past midnight; whole seconds."""
    midnight, noon = _anchors(day)
    seconds = round(minute * 60)
    if minute < _SETTLED:
        return midnight + timedelta(seconds=seconds)
    return noon + timedelta(seconds=seconds - NOON * 60)


def day_of(at: datetime) -> date:
    """Return the date in Stockholm on which an instant falls."""
    return local_date(at)


def minute_of(at: datetime) -> float:
    """Return how many minutes past midnight the clock of Stockholm shows, on days whose clock does not change."""
    midnight, _ = _anchors(local_date(at))
    return (at - midnight).total_seconds() / 60


def staffed(at: datetime) -> datetime:
    """Return the instant itself if offices are open (weekdays 08-17 and the third day), else their next opening."""
    return plain_utc(next_staffed(STANDARD, at))


def staffed_after(at: datetime, hours: float) -> datetime:
    """Return the instant by which so many staffed hours have passed."""
    return plain_utc(add_staffed(STANDARD, at, staffed=timedelta(seconds=round(hours * 3600))))


def staffed_before(at: datetime, hours: float) -> datetime:
    """Return the instant from which so many staffed hours are left."""
    return plain_utc(subtract_staffed(STANDARD, at, staffed=timedelta(seconds=round(hours * 3600))))


def last_chance(day: date) -> datetime:
    """Return the practical deadline of what is due at the end of a date (specification 2.4)."""
    return plain_utc(practical_due(STANDARD, start_of_day(day + timedelta(days=1))))


def working_day(day: date, step: int) -> date:
    """Return the date itself if it is a working day, else the nearest one forwards (1) or backwards (-1)."""
    while not is_working_day(day):
        day += timedelta(days=step)
    return day


@lru_cache(maxsize=4096)
def _anchors(day: date) -> tuple[datetime, datetime]:
    return plain_utc(start_of_day(day)), plain_utc(at_local(day, time(12)))
