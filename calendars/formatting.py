"""Days, instants and skipped holidays as an explanation writes them: English weekday, ISO date, Stockholm's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from calendars.holidays import day_name
from calendars.staffing import StaffingRule, window_of
from calendars.timezone import local

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SkippedDay:
    """A day without staff, with its Swedish name, or "borttagen" for a working day the rule takes out."""

    day: date
    name: str


def skipped_days(rule: StaffingRule, *, first: date, last: date) -> tuple[SkippedDay, ...]:
    """List the days without staff from one date to another, both included.

    >>> from calendars.staffing import STANDARD
    >>> [skipped.name for skipped in skipped_days(STANDARD, first=date(2018, 3, 29), last=date(2018, 4, 1))]
    ['långfredagen', 'lördag']

    Raises:
        TypeError: a datetime was passed.
        ValueError: a day lies outside 1990 to 2199.
    """
    days = [first + n * _ONE_DAY for n in range((last - first).days + 1)]
    return tuple(SkippedDay(day, day_name(day) or "borttagen") for day in days if window_of(rule, day) is None)


def skipped_in_words(skipped: Sequence[SkippedDay]) -> str:
    """Say which days are not staffed; nothing for none.

    >>> skipped_in_words([SkippedDay(date(2018, 3, 30), "långfredagen")])
    'Fri 2018-03-30 långfredagen is not staffed'
    """
    if not skipped:
        return ""
    days = written_list([f"{written_day(one.day)} {one.name}" for one in skipped])
    return f"{days} {'is' if len(skipped) == 1 else 'are'} not staffed"


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
