"""Lines that quarantine must catch, one maker for each fault (specification 1.4 and 6).

The identity number is 19121212-1212 of Tolvan Tolvansson, who does not exist and stands in every Swedish test.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from hemgang.findings import Code
from hemgang.simulate.draft import Draft, line_of, written
from hemgang.simulate.moments import day_of

TOLVAN = "19121212-1212"


def broken_line(fault: str, draft: Draft) -> str:
    """Return the line of a message with a fault, one of `BROKEN`."""
    return _MAKERS[fault][1](draft)


def _cut_short(draft: Draft) -> str:
    line = line_of(draft.content())
    return line[: len(line) * 2 // 3]


def _wrong_type(draft: Draft) -> str:
    return line_of({**draft.content(), "sender": 7})


def _impossible_date(draft: Draft) -> str:
    return line_of({**draft.content(), "at": f"{day_of(draft.at).year}-02-30T10:15:00+01:00"})


def _without_time(draft: Draft) -> str:
    content = draft.content()
    del content["at"]
    return line_of(content)


def _unknown_type(draft: Draft) -> str:
    return line_of({**draft.content(), "type": "bed_changed"})


def _hour_that_is_not(draft: Draft) -> str:
    day = last_spring_change(day_of(draft.at))
    return line_of({**draft.content(), "at": f"{day}T02:30:00"})


def _next_year(draft: Draft) -> str:
    return line_of({**draft.content(), "at": written(draft.at + timedelta(days=365))})


def _number_as_episode(draft: Draft) -> str:
    return line_of({**draft.content(), "episode": TOLVAN})


def _number_in_note(draft: Draft) -> str:
    return line_of({**draft.content(), "note": f"concerns {TOLVAN}"})


def last_spring_change(day: date) -> date:
    """Return the last date up to `day` on which summer time began: the last Sunday of March."""
    return _last_sunday(day, of_month=3)


def last_autumn_change(day: date) -> date:
    """Return the last date up to `day` on which summer time ended: the last Sunday of October."""
    return _last_sunday(day, of_month=10)


def _last_sunday(day: date, *, of_month: int) -> date:
    for year in (day.year, day.year - 1):
        last = date(year, of_month, 31)
        change = last - timedelta(days=(last.weekday() + 1) % 7)
        if change <= day:
            return change
    raise AssertionError("unreachable: last year's change lies before every day of this year")


_MAKERS: Mapping[str, tuple[Code, Callable[[Draft], str]]] = MappingProxyType(
    {
        "cut_short": (Code.INVALID_JSON, _cut_short),
        "wrong_type": (Code.INVALID_FIELD, _wrong_type),
        "impossible_date": (Code.INVALID_FIELD, _impossible_date),
        "without_time": (Code.INVALID_FIELD, _without_time),
        "unknown_type": (Code.UNKNOWN_TYPE, _unknown_type),
        "hour_that_is_not": (Code.NONEXISTENT_TIME, _hour_that_is_not),
        "next_year": (Code.FUTURE_MESSAGE, _next_year),
        "number_as_episode": (Code.IDENTITY_NUMBER, _number_as_episode),
        "number_in_note": (Code.IDENTITY_NUMBER, _number_in_note),
    }
)

BROKEN: Mapping[str, Code] = MappingProxyType({fault: code for fault, (code, _) in _MAKERS.items()})
"""Every fault with the code that it is quarantined under; `future_message` only where there is a clock."""
