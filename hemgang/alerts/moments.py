"""Deadlines as people read them: weekday, date and clock of Stockholm, in the alert's language."""

from datetime import date, datetime, time, timedelta

from calendars.zone import local, read_local
from hemgang.alerts.texts import Texts

_LEAST = timedelta(microseconds=1)


def said_deadline(texts: Texts, due: datetime, *, included: bool, short: bool = False) -> str:
    """Return a deadline in local time, to the minute, rounded down.

    A deadline that is not `included` and falls on midnight is the end of a date and is said as that date: acting
    during it is in time. In the hour that comes twice the reading says which of the two it is.

    Raises:
        ValueError: the instant has no time zone.
    """
    at = local(due)
    if not included and at.time() == time(0):
        return _said(texts, "short_day" if short else "day", local(due - _LEAST).date(), "")
    return _said(texts, "short_instant" if short else "instant", at.date(), _clock(texts, due))


def _clock(texts: Texts, instant: datetime) -> str:
    at = local(instant)
    clock = texts.say("clock", hour=at.hour, minute=at.minute)
    reading = read_local(at.replace(tzinfo=None, fold=0))
    if not reading.ambiguous:
        return clock
    return texts.say("first_of_two" if reading.instant == instant else "second_of_two", clock=clock)


def _said(texts: Texts, phrase: str, day: date, clock: str) -> str:
    weekday, month = texts.weekdays[day.weekday()], texts.months[day.month - 1]
    return texts.say(phrase, weekday=weekday, day=day.day, month=month, year=day.year, clock=clock)
