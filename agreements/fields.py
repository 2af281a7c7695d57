"""Readers of the values that only clauses have: thresholds, ages, a discharge's status, decimals of a mean (4.1).

Readers of single values in agreement files: what the file has in, the typed value out, or `WrongValue`.

The names that an agreement file may use, and what each value must be (specification 4.1 and 4.3).
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from agreements.model import Ages, Hours, Policy, Threshold
from calendars.staffing import StaffedDay, StaffingRule

ANY = "any"

_NUMBER = re.compile(r"[0-9]+([.][0-9]+|/[1-9][0-9]*)?")
_MONTH = re.compile(r"20(1[89]|[2-9][0-9])-(0[1-9]|1[0-2])")
_MOST_DAYS = 366
_MOST_DECIMALS = 6
_MOST_MONTHS = 24
_OLDEST = 130


def threshold(raw: object) -> Threshold:
    """Read a number of care days, or the month whose county mean it is, with that mean where it was published."""
    if not isinstance(raw, dict):
        return Threshold(value=_care_days(raw))
    if not {"county_mean_of"} <= set(raw) <= {"county_mean_of", "published"}:
        raise WrongValue("must be a number or a table with county_mean_of; it may have published")
    published = _care_days(raw["published"]) if "published" in raw else None
    return Threshold(value=published, county_mean_of=_month(raw["county_mean_of"]))


def ages(raw: object) -> Ages:
    """Read the first and the last age in whole years, both included; one of them may be left out."""
    if not isinstance(raw, dict) or not raw or not set(raw) <= {"first", "last"}:
        raise WrongValue("must be a table with first, last or both, ages in whole years")
    first = whole_number(raw.get("first", 0))
    last = whole_number(raw["last"]) if "last" in raw else None
    if max(first, last or 0) > _OLDEST or (last is not None and last < first):
        raise WrongValue(f"must be ages up to {_OLDEST}, the first not above the last")
    return Ages(first=first, last=last)


def status_or_any(raw: object) -> str | None:
    """Read the status that a discharge must have where the source gives one, or "any"."""
    return None if raw == ANY else text(raw)


def decimals_or_none(raw: object) -> int | None:
    """Read to how many decimals a mean is rounded, or "none"."""
    if raw == NONE:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= _MOST_DECIMALS:
        raise WrongValue(f'must be a whole number from 0 to {_MOST_DECIMALS}, or "none"')
    return raw


def months_in_a_row(raw: object) -> int:
    """Read a number of months in a row, 2 or more."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 2 <= raw <= _MOST_MONTHS:
        raise WrongValue(f"must be a whole number from 2 to {_MOST_MONTHS}")
    return raw


def _care_days(raw: object) -> Fraction:
    written = str(raw) if isinstance(raw, str | Decimal) else ""
    if not _NUMBER.fullmatch(written) or Fraction(written) > _MOST_DAYS:
        raise WrongValue(f'must be a number of care days from 0 to {_MOST_DAYS}, such as "2.0"')
    return Fraction(written)


def _month(raw: object) -> str:
    if not isinstance(raw, str) or not _MONTH.fullmatch(raw):
        raise WrongValue('must name a month from 2018 on, such as "2020-10"')
    return raw


E = TypeVar("E", bound=StrEnum)

NONE = "none"


class WrongValue(Exception):
    """A value is not of its kind; the message says what it must be."""


def whole_number(raw: object) -> int:
    """Read a whole number, 0 or more."""
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise WrongValue("must be a whole number, 0 or more")
    return raw


def truth(raw: object) -> bool:
    """Read true or false."""
    if not isinstance(raw, bool):
        raise WrongValue("must be true or false")
    return raw


def text(raw: object) -> str:
    """Read a text that is not empty."""
    if not isinstance(raw, str) or not raw.strip():
        raise WrongValue("must be a text that is not empty")
    return raw


def day(raw: object) -> date:
    """Read a date."""
    if isinstance(raw, datetime) or not isinstance(raw, date):
        raise WrongValue("must be a date, such as 2019-01-01")
    return raw


def clock(raw: object) -> time:
    """Read a local clock time."""
    if not isinstance(raw, time):
        raise WrongValue("must be a local time, such as 12:00:00")
    return raw


def clock_or_none(raw: object) -> time | None:
    """Read a local clock time, or "none"."""
    if raw == NONE:
        return None
    if not isinstance(raw, time):
        raise WrongValue('must be a local time, such as 12:00:00, or "none"')
    return raw


def share(raw: object) -> Fraction:
    """Read an exact share between 0 and 1, written "3/4" or 0.75."""
    try:
        value = Fraction(raw) if isinstance(raw, str | Decimal) else None
    except (ValueError, ArithmeticError):
        value = None
    if value is None or not 0 < value <= 1:
        raise WrongValue('must be a share above 0 and at most 1, such as "3/4"')
    return value


def hours(raw: object) -> Hours:
    """Read opening and closing time."""
    table = _table(raw, keys=("opens", "closes"))
    value = Hours(opens=clock(table["opens"]), closes=clock(table["closes"]))
    if value.opens >= value.closes:
        raise WrongValue("must open before it closes")
    return value


def staffing(raw: object) -> StaffingRule:
    """Read a staffing rule: hours on weekdays, whether the third day is staffed, days added and days removed.

    `added` (tables with day, opens, closes) and `removed` (dates) may be left out.
    """
    table = _table(raw, keys=("opens", "closes", "third_day"), optional=("added", "removed"))
    try:
        return StaffingRule(
            opens=clock(table["opens"]),
            closes=clock(table["closes"]),
            third_day=truth(table["third_day"]),
            added=tuple(_staffed_day(each) for each in _list(table.get("added", []))),
            removed=tuple(day(each) for each in _list(table.get("removed", []))),
        )
    except ValueError as problem:
        raise WrongValue(f"is no staffing rule: {problem}") from None


def one_of(kind: type[E]) -> Callable[[object], E]:
    """Make a reader of the words of an enumeration."""

    def read(raw: object) -> E:
        if not isinstance(raw, str) or raw not in {word.value for word in kind}:
            raise WrongValue(f"must be one of {', '.join(kind)}")
        return kind(raw)

    return read


def one_word(word: str) -> Callable[[object], str]:
    """Make a reader of the only word that may stand there."""

    def read(raw: object) -> str:
        if raw != word:
            raise WrongValue(f'must be "{word}"')
        return word

    return read


def some_word(words: tuple[str, ...]) -> Callable[[object], str]:
    """Make a reader of one of a few words."""

    def read(raw: object) -> str:
        if not isinstance(raw, str) or raw not in words:
            raise WrongValue(f"must be one of {', '.join(words)}")
        return raw

    return read


def some_of(words: tuple[str, ...]) -> Callable[[object], tuple[str, ...]]:
    """Make a reader of a list of words, each at most once."""

    def read(raw: object) -> tuple[str, ...]:
        listed = raw if isinstance(raw, list) else []
        if not listed or any(word not in words for word in listed) or len(set(listed)) < len(listed):
            raise WrongValue(f"must be a list of {', '.join(words)}, each at most once")
        return tuple(listed)

    return read


def municipality_codes(raw: object) -> tuple[str, ...]:
    """Read a list of four-digit municipality codes."""
    codes = raw if isinstance(raw, list) else []
    if not codes or not all(isinstance(code, str) and len(code) == 4 and code.isdecimal() for code in codes):
        raise WrongValue('must be a list of four-digit municipality codes, such as "2303"')
    return tuple(codes)


def payer_code(raw: object) -> str:
    """Read a payer's code: a four-digit municipality code, a slash and a district."""
    code, slash, district = raw.partition("/") if isinstance(raw, str) else ("", "", "")
    if len(code) != 4 or not code.isdecimal() or not slash or not district.strip():
        raise WrongValue('must be a municipality code, a slash and a district, such as "0180/farsta"')
    return f"{code}/{district}"


def year(raw: object) -> int:
    """Read a calendar year from 2018, the statute's first, to 2100."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 2018 <= raw <= 2100:
        raise WrongValue("must be a year from 2018 to 2100")
    return raw


def amount(raw: object) -> Decimal:
    """Read an amount in kronor a care day, above 0, at most 1 000 000 and with at most two decimals."""
    value = Decimal(raw) if isinstance(raw, int | Decimal) and not isinstance(raw, bool) else None
    if value is None or not value.is_finite() or not 0 < value <= 1_000_000 or (100 * value) % 1:
        raise WrongValue("must be an amount in kronor above 0, at most 1000000, with at most two decimals")
    return value


def county_code(raw: object) -> str:
    """Read a two-digit county code."""
    if not isinstance(raw, str) or len(raw) != 2 or not raw.isdecimal():
        raise WrongValue('must be a two-digit county code, such as "23"')
    return raw


def _staffed_day(raw: object) -> StaffedDay:
    table = _table(raw, keys=("day", "opens", "closes"))
    return StaffedDay(day=day(table["day"]), opens=clock(table["opens"]), closes=clock(table["closes"]))


def _list(raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise WrongValue("must be a list")
    return raw


def _table(raw: object, *, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, object]:
    if not isinstance(raw, dict) or not set(keys) <= set(raw) <= {*keys, *optional}:
        also = f"; it may have {', '.join(optional)}" if optional else ""
        raise WrongValue(f"must be a table with {', '.join(keys)}{also}")
    return raw


STATUTE = "lus"
CARE_KINDS = ("somatic", "psychiatric")
ENDS = ("discharged", "died")
MATTERS = ("local", "principle")

VALUES: Mapping[str, Callable[[object], object]] = {
    "admission_notice_within_hours": whole_number,
    "planning": staffing,
    "planning_response_hours": whole_number,
    "care_contact_before_discharge": truth,
    "sip_call_within_days": whole_number,
    "sip_established_within_days": whole_number,
    "discharge_information_same_day": truth,
    "discharge_hours": hours,
    "late_admission_notice": one_of(Policy),
    "late_sip_call": one_of(Policy),
    "unknown_sip_need": one_of(Policy),
    "unknown_outpatient_care": one_of(Policy),
    "fixed_care_contact_required": truth,
    "population_requires_gates": truth,
    "leave_days_count": truth,
    "amount_kr": amount,
}

OPTIONAL = ("discharge_hours", "amount_kr")
"""What the statute may leave unsaid; every other value it must state."""
