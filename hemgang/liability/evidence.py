"""Which messages a row rests on: from the bits of its columns to message ids (specification 4.4)."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from hemgang.liability.clause_days import EPOCH
from hemgang.liability.marks import COLUMN_OF, Evidence

Period = Mapping[str, Any]
"""A row of the table of periods, by column."""


def messages_of(period: Period, rests: int, day: date) -> tuple[str, ...]:
    """Return the ids, sorted, that the bits name for the care day that begins on `day`; no message, no id."""
    found = {period[column] for column in _columns(rests)}
    if rests & Evidence.PAYER:
        found.add(_payer_message(period, day))
    if rests & Evidence.LEAVE:
        leaves = period["leaves"] or ()
        found.update(next((leave["messages"] for leave in leaves if leave["first"] <= day <= leave["last"]), ()))
    found.discard(None)
    return tuple(sorted(found))


@cache
def _columns(rests: int) -> tuple[str, ...]:
    """Return the columns that hold the messages of the bits; the payer's and a leave's go by the day instead."""
    by_day = Evidence.PAYER | Evidence.LEAVE
    return tuple(column for kind, column in COLUMN_OF.items() if rests & kind & ~by_day)


def _payer_message(period: Period, day: date) -> str | None:
    found: str | None = period["payer_message"]
    for span in period["payers"] or ():
        if span["since"] <= day:
            found = span["payer_message"]
    return found


@cache
def date_of(number: int) -> date:
    """Return the date of a day number.

    >>> date_of(0)
    datetime.date(1970, 1, 1)
    """
    return EPOCH + timedelta(days=number)
