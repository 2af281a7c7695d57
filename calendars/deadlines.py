"""Deadlines on dates: day 0, the strict last day, and the next weekday of lag (1930:173) 2 §; specification 2.4."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from pendulum import DateTime

from calendars.skipped import skipped_days, skipped_in_words
from calendars.staffing import StaffingRule, last_staffed
from calendars.sweden import day_name, is_working_day
from calendars.wording import written_day, written_instant, written_list, written_rule
from calendars.zone import in_utc, local_date, plain_utc, start_of_day

_ONE_DAY = timedelta(days=1)
_ONE_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class DateDeadline:
    """A deadline at the end of a date, strict and extended; alarms go by the strict one, both are shown.

    `day0` is the date counted from, `last_day` the last day (included), `extended_day` the same or the next working
    day after it. `strict_due` and `extended_due` are the instants in UTC at which the following days begin:
    what happens at that instant is late. `why` says in a sentence how the dates follow.
    """

    day0: date
    last_day: date
    strict_due: DateTime
    extended_day: date
    extended_due: DateTime
    why: str


def within_days(message_at: datetime, days: int) -> DateDeadline:
    """Count calendar days from a message: its local date is day 0, the end of day `days` is the deadline.

    >>> within_days(datetime.fromisoformat("2026-03-04T09:00+01:00"), 3).extended_day
    datetime.date(2026, 3, 9)

    Raises:
        ValueError: the instant has no time zone, or the number of days is negative.
    """
    if days < 0:
        raise ValueError(f"a deadline within {days} days does not exist")
    day0 = local_date(message_at)
    last_day = day0 + days * _ONE_DAY
    counted = f"sent {written_instant(message_at)}, day 0; day {days} is {written_day(last_day)}"
    return _deadline(day0, last_day, counted)


def end_of_date(day: date) -> DateDeadline:
    """Give the deadline at the end of a date itself.

    >>> end_of_date(date(2026, 3, 28)).strict_due.isoformat()
    '2026-03-28T23:00:00+00:00'

    Raises:
        TypeError: a datetime was passed.
    """
    return _deadline(day, day, f"at the latest on {written_day(day)}")


def practical_due(rule: StaffingRule, strict_due: datetime) -> DateTime:
    """Give the last moment, `strict_due` included, at which the responsible unit is still staffed.

    Raises:
        ValueError: the instant has no time zone, or lies outside 1990 to 2199.
    """
    return last_staffed(rule, strict_due)


def practical_why(rule: StaffingRule, strict_due: datetime) -> str:
    """Explain `practical_due`: the last staffed moment, the days skipped after it with their names, the rule.

    >>> from calendars.staffing import STANDARD
    >>> practical_why(STANDARD, start_of_day(date(2026, 3, 8)))
    'staffed last until Fri 2026-03-06 17:00; Sat 2026-03-07 lördag is not staffed; rule: \
working days 08:00–17:00 and the third day of a long holiday'

    Raises:
        ValueError: the instant has no time zone, or lies outside 1990 to 2199.
    """
    practical = practical_due(rule, strict_due)
    last_moment = local_date(plain_utc(strict_due) - _ONE_MICROSECOND)
    skipped = skipped_in_words(skipped_days(rule, first=local_date(practical), last=last_moment))
    parts = [f"staffed last until {written_instant(practical)}", skipped, f"rule: {written_rule(rule)}"]
    return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Ends:
    """What the last day alone decides."""

    strict_due: DateTime
    extended_day: date
    extended_due: DateTime
    why: str


def _deadline(day0: date, last_day: date, counted: str) -> DateDeadline:
    ends = _ends_of(last_day)
    return DateDeadline(
        day0=day0,
        last_day=last_day,
        strict_due=ends.strict_due,
        extended_day=ends.extended_day,
        extended_due=ends.extended_due,
        why=f"{counted}; {ends.why}",
    )


@lru_cache(maxsize=4096)
def _ends_of(last_day: date) -> _Ends:
    extended_day, passed = last_day, []
    while not is_working_day(extended_day):
        passed.append(f"{written_day(extended_day)} {day_name(extended_day)}")
        extended_day += _ONE_DAY
    due = in_utc(start_of_day(last_day + _ONE_DAY))
    why = f"due before {written_instant(due)}"
    if passed:
        off = f"{written_list(passed)} {'is not a working day' if len(passed) == 1 else 'are not working days'}"
        why += f"; {off}: by lag (1930:173) 2 § the next one, {written_day(extended_day)}"
    return _Ends(due, extended_day, in_utc(start_of_day(extended_day + _ONE_DAY)), why)
