"""Days and instants as they are written in an explanation: English weekday, ISO date, Stockholm's clock."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from calendars.windows import StaffingRule
from calendars.zone import local

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def written_day(day: date) -> str:
    """Write a day with its weekday, the same under every locale.

    >>> written_day(date(2018, 3, 29))
    'Thu 2018-03-29'
    """
    return f"{_WEEKDAYS[day.weekday()]} {day.year:04d}-{day.month:02d}-{day.day:02d}"


def written_instant(instant: datetime) -> str:
    """Write an instant in local time, to the minute, and to the second where it has seconds.

    >>> written_instant(datetime.fromisoformat("2018-03-29T16:05:00+00:00"))
    'Thu 2018-03-29 18:05'

    Raises:
        ValueError: the instant has no time zone.
    """
    at = local(instant)
    return f"{written_day(at)} {_clock(at)}"


def written_clock(instant: datetime) -> str:
    """Write the local time of an instant, to the minute, and to the second where it has seconds.

    >>> written_clock(datetime.fromisoformat("2018-03-29T10:00:01+00:00"))
    '12:00:01'

    Raises:
        ValueError: the instant has no time zone.
    """
    return _clock(local(instant))


@lru_cache(maxsize=1024)
def written_rule(rule: StaffingRule) -> str:
    """Write a staffing rule in words.

    >>> from calendars.staffing import STANDARD
    >>> written_rule(STANDARD)
    'working days 08:00–17:00 and the third day of a long holiday'
    """
    words = "around the clock"
    if not rule.around_the_clock:
        words = f"working days {rule.opens:%H:%M}–{rule.closes:%H:%M}"
        words += " and the third day of a long holiday" if rule.third_day else ""
    if rule.added:
        words += f", with hours of their own on {written_list([written_day(added.day) for added in rule.added])}"
    if rule.removed:
        words += f", without {written_list([written_day(day) for day in rule.removed])}"
    return words


def written_list(items: Sequence[str]) -> str:
    """Join items with commas and a last "and".

    >>> written_list(["a", "b", "c"])
    'a, b and c'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _clock(at: datetime) -> str:
    return f"{at.hour:02d}:{at.minute:02d}" + (f":{at.second:02d}" if at.second else "")
