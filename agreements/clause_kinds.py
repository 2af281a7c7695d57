"""Readers of the values that only clauses have: thresholds, ages, a discharge's status, decimals of a mean (4.1)."""

import re
from decimal import Decimal
from fractions import Fraction

from agreements.clause import Ages, Threshold
from agreements.kinds import NONE, WrongValue, text, whole_number

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
