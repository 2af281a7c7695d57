"""How an alert says a time in Swedish, put together a second time: of the hour that comes twice, which one."""

from tests.faults.nights.calendar_rules import day_at
from tests.faults.nights.eu_clock import HOUR, ahead, on_the_wall, readings

WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)


def said(instant: int, *, included: bool) -> str:
    """Return a deadline in full; one that is the end of a date (not `included`, at midnight) as that date."""
    return _said(instant, included=included, letters=99, year=True)


def said_briefly(instant: int, *, included: bool) -> str:
    """Return the same as a row in a list says it."""
    return _said(instant, included=included, letters=3, year=False)


def _said(instant: int, *, included: bool, letters: int, year: bool) -> str:
    number, seconds = on_the_wall(instant)
    if seconds == 0 and not included:
        return _day(number - 1, letters, year=year)
    clock = f"{seconds // HOUR:02}.{seconds % HOUR // 60:02}"
    if len(readings(number, seconds)) > 1:
        clock += " (sommartid)" if ahead(instant) == 2 * HOUR else " (normaltid)"
    return f"{_day(number, letters, year=year)} kl. {clock}"


def _day(number: int, letters: int, *, year: bool) -> str:
    day = day_at(number)
    written = f"{WEEKDAYS[day.weekday()][:letters]} {day.day} {MONTHS[day.month - 1][:letters]}"
    return f"{written} {day.year}" if year else written
