"""The days without staff that a computed time passes over, with the names its explanation gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from calendars.staffing import StaffingRule, window_of
from calendars.sweden import day_name
from calendars.wording import written_day, written_list

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
