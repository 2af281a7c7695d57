"""The calendar month that is closed (månad): statements are made by month (specification 4.5)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from calendars.zone import plain_utc, start_of_day
from hemgang.liability.errors import NotAMonth

FIRST_DATE = date(2018, 1, 1)
"""The first date of the act; no month before it can be closed."""

_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month in Stockholm; `number` is 1-12."""

    year: int
    number: int

    def __post_init__(self) -> None:
        """Refuse what is no month, or lies outside the act's time."""
        if not (FIRST_DATE.year <= self.year <= 2100 and 1 <= self.number <= 12):
            raise NotAMonth(f"{self.year:04d}-{self.number:02d}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a month written YYYY-MM.

        Raises:
            NotAMonth: it is written in another way, or lies outside 2018-01 to 2100-12.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise NotAMonth(text)
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month that a date lies in."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """The first date of the month."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """The last date of the month, included."""
        return _first_after(self) - timedelta(days=1)

    @property
    def starts_at(self) -> datetime:
        """The instant (UTC) at which the month begins, included."""
        return plain_utc(start_of_day(self.first))

    @property
    def ends_at(self) -> datetime:
        """The instant (UTC) at which the next month begins; it is no longer in this one."""
        return plain_utc(start_of_day(_first_after(self)))

    def following(self) -> Self:
        """Return the next month."""
        return type(self).of(_first_after(self))

    def preceding(self) -> Self | None:
        """Return the month before, None before the act's first."""
        day = self.first - timedelta(days=1)
        return None if day < FIRST_DATE else type(self).of(day)

    def __contains__(self, day: date) -> bool:
        """Tell whether a date lies in the month."""
        return day.year == self.year and day.month == self.number

    def __str__(self) -> str:
        """Write the month as YYYY-MM."""
        return f"{self.year:04d}-{self.number:02d}"


def _first_after(month: Month) -> date:
    return (month.first + timedelta(days=31)).replace(day=1)
