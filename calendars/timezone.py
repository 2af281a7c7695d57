"""Instants and local dates in Europe/Stockholm; summer time by förordning (2001:127), from the tz database."""

from dataclasses import dataclass
from datetime import UTC as STANDARD_UTC
from datetime import date, datetime, time
from functools import lru_cache

import pendulum
from pendulum import UTC, DateTime

STOCKHOLM = pendulum.timezone("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class LocalReading:
    """What a wall clock reading in Stockholm stands for.

    `instant` (UTC) is None where the clock never shows the reading (the night summer time begins);
    `ambiguous` where it shows it twice (the night it ends), and `instant` is then the first of the two.
    """

    instant: DateTime | None
    ambiguous: bool


def local(instant: datetime) -> DateTime:
    """Show an instant on the clock of Stockholm.

    >>> local(pendulum.datetime(2026, 3, 28, 13)).isoformat()
    '2026-03-28T14:00:00+01:00'

    Raises:
        ValueError: the instant has no time zone.
    """
    return _in_pendulum(plain_utc(instant).astimezone(STOCKHOLM))


def local_date(instant: datetime) -> date:
    """Name the calendar date in Stockholm on which an instant falls; 00:00 belongs to the new date.

    >>> local_date(pendulum.datetime(2026, 7, 1, 22))
    datetime.date(2026, 7, 2)

    Raises:
        ValueError: the instant has no time zone.
    """
    return plain_utc(instant).astimezone(STOCKHOLM).date()


def in_utc(instant: datetime) -> DateTime:
    """Give the same instant in UTC, where comparing and subtracting are safe in every night of the year.

    >>> in_utc(local(pendulum.datetime(2026, 10, 25, 1, 30))).isoformat()
    '2026-10-25T01:30:00+00:00'

    Raises:
        ValueError: the instant has no time zone.
    """
    if type(instant) is DateTime and instant.tzinfo is UTC:
        return instant
    at = plain_utc(instant)
    return DateTime(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, UTC)


def plain_utc(instant: datetime) -> datetime:
    """Give the same instant in UTC as the standard library's datetime, which computes far faster than pendulum's.

    >>> plain_utc(pendulum.datetime(2026, 10, 25, 1, 30))
    datetime.datetime(2026, 10, 25, 1, 30, tzinfo=datetime.timezone.utc)

    Raises:
        ValueError: the instant has no time zone.
    """
    if type(instant) is datetime and instant.tzinfo is STANDARD_UTC:
        return instant
    clock = (instant.hour, instant.minute, instant.second, instant.microsecond)
    if instant.tzinfo is UTC:
        return datetime(instant.year, instant.month, instant.day, *clock, tzinfo=STANDARD_UTC)
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; an instant must carry one")
    zone, fold = instant.tzinfo, instant.fold
    plain = datetime(instant.year, instant.month, instant.day, *clock, tzinfo=zone, fold=fold)
    return plain.astimezone(STANDARD_UTC)


def start_of_day(day: date) -> DateTime:
    """Give the instant at which a date begins: 00:00 on the clock of Stockholm.

    >>> start_of_day(date(2026, 3, 29)).isoformat()
    '2026-03-29T00:00:00+01:00'

    Raises:
        TypeError: a datetime was passed; which date it means is for `local_date` to say.
    """
    require_date(day)
    return _start_of(day)


def at_local(day: date, clock: time) -> DateTime:
    """Give the first instant of a date at which the clock of Stockholm shows that time or a later one.

    Of an hour that comes twice this is the first; of an hour that does not exist, the instant the clock jumps.

    >>> at_local(date(2026, 3, 29), time(2, 30)).isoformat()
    '2026-03-29T03:00:00+02:00'

    Raises:
        TypeError: a datetime was passed as the date.
        ValueError: the time has a zone of its own.
    """
    require_date(day)
    if clock.tzinfo is not None:
        raise ValueError(f"the clock time {clock} carries a time zone; it must be a plain time in Stockholm")
    reading = read_local(datetime.combine(day, clock))
    if reading.instant is not None:
        return local(reading.instant)
    # The clock jumps on the whole hour, and that hour, read with the offset before the jump, is the jump itself.
    return local(datetime(day.year, day.month, day.day, clock.hour, tzinfo=STOCKHOLM))


def read_local(naive: datetime) -> LocalReading:
    """Read a wall clock time of Stockholm that came without a time zone.

    >>> read_local(datetime(2026, 3, 29, 2, 30))
    LocalReading(instant=None, ambiguous=False)

    Raises:
        ValueError: the reading has a time zone.
    """
    if naive.tzinfo is not None:
        raise ValueError(f"{naive.isoformat()} has a time zone; a reading of the wall clock has none")
    first = datetime.combine(naive.date(), naive.time().replace(fold=0), tzinfo=STOCKHOLM)
    before, after = first.utcoffset(), first.replace(fold=1).utcoffset()
    if before == after:
        return LocalReading(instant=in_utc(first), ambiguous=False)
    # The clock goes forward over an hour it never shows, and back over one that it shows twice.
    if before is None or after is None or before < after:
        return LocalReading(instant=None, ambiguous=False)
    return LocalReading(instant=in_utc(first), ambiguous=True)


def require_date(day: date) -> None:
    """Refuse a datetime where a calendar date is wanted, which the type checker cannot see.

    Raises:
        TypeError: a datetime was passed.
    """
    if isinstance(day, datetime):
        raise TypeError(f"a calendar date is wanted, not the instant {day.isoformat()}; use local_date first")


@lru_cache(maxsize=16_384)
def _start_of(day: date) -> DateTime:
    return _in_pendulum(datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM))


def _in_pendulum(at: datetime) -> DateTime:
    clock = (at.hour, at.minute, at.second, at.microsecond)
    return DateTime(at.year, at.month, at.day, *clock, at.tzinfo, fold=at.fold)
