"""Which messages a row rests on: from the bits of its columns to message ids (specification 4.4)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from hemgang.liability.clause_days import EPOCH
from hemgang.liability.marks import COLUMN_OF, Evidence

Period = Mapping[str, Any]
"""A row of the table of periods, by column."""


def messages_of(period: Period, rests: int, day: date) -> tuple[str, ...]:
    """Return the ids, sorted, that the bits name for the care day that begins on `day`; no message, no id."""
    return tuple(sorted({message for kind in Evidence if rests & kind for message in _of_kind(period, kind, day)}))


def _of_kind(period: Period, kind: Evidence, day: date) -> Iterator[str]:
    if kind is Evidence.LEAVE:
        leaves = period["leaves"] or ()
        yield from next((leave["messages"] for leave in leaves if leave["first"] <= day <= leave["last"]), ())
        return
    message = _payer_message(period, day) if kind is Evidence.PAYER else period[COLUMN_OF[kind]]
    if message is not None:
        yield message


def _payer_message(period: Period, day: date) -> str | None:
    found: str | None = period["payer_message"]
    for span in period["payers"] or ():
        if span["since"] <= day:
            found = span["payer_message"]
    return found


def date_of(number: int) -> date:
    """Return the date of a day number.

    >>> date_of(0)
    datetime.date(1970, 1, 1)
    """
    return EPOCH + timedelta(days=number)
