"""Instants as messages write them: ISO 8601, with an offset or read in Stockholm (specification 1.2)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from calendars.zone import read_local
from hemgang.findings import Code

EARLIEST = datetime(1999, 12, 31, 23, tzinfo=UTC)
"""The first instant taken: 2000-01-01 00:00 in Stockholm."""

TOO_LATE = datetime(2100, 12, 31, 23, tzinfo=UTC)
"""The first instant no longer taken: 2101-01-01 00:00 in Stockholm."""


def read_instant(text: str) -> tuple[datetime, Code | None] | Code:
    """Return the instant in UTC with a remark (`ambiguous_time` or None), or the code that says why not.

    Taken are complete dates with hours and minutes, basic or extended, from 2000 to 2100 (both included). A
    time without an offset is read on the clock of Stockholm: of an hour that comes twice the first, with the
    remark; in the hour that does not exist the code is `nonexistent_time`. Whatever else is no instant is
    `invalid_field`.
    """
    if _SHAPE.fullmatch(text) is None:
        return Code.INVALID_FIELD
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return Code.INVALID_FIELD
    remark = None
    if given.tzinfo is None:
        ahead, remark = _clock_in(given.replace(minute=0, second=0, microsecond=0))
        if ahead is None:
            return Code.NONEXISTENT_TIME
        instant = (given - ahead).replace(tzinfo=UTC)
    else:
        instant = given.astimezone(UTC)
    return (instant, remark) if EARLIEST <= instant < TOO_LATE else Code.INVALID_FIELD


_HOURS_KEPT = 1 << 14  # nearly two years


@lru_cache(maxsize=_HOURS_KEPT)
def _clock_in(hour: datetime) -> tuple[timedelta | None, Code | None]:
    """How far Stockholm is ahead of UTC in an hour, with the remark; the clock changes on whole hours."""
    reading = read_local(hour)
    if reading.instant is None:
        return None, None
    began = datetime.fromtimestamp(reading.instant.int_timestamp, UTC).replace(tzinfo=None)
    return hour - began, Code.AMBIGUOUS_TIME if reading.ambiguous else None


_SHAPE = re.compile(
    r"(?:1999|20[0-9]{2}|210[01])"
    r"(?:-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,12})?)?"
    r"|[0-9]{4}T[0-9]{4}(?:[0-9]{2}(?:[.,][0-9]{1,12})?)?)"
    r"(?:Z|[+-][0-9]{2}(?::?[0-5][0-9])?)?"
)
