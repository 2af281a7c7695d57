"""A region's own history as a forecast draws from it: how long patients stay ready, who becomes ready on which days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from calendars.sweden import is_working_day
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.outlook.errors import HistoryTooShort

MONTHS_NEEDED = 3
"""Whole months of ready notices before the forecast."""

ENOUGH = 30
"""Observations from which a payer's own history is drawn from; with fewer the region's is."""

ONE_DAY = timedelta(days=1)
SATURDAY, DAY_OFF = 5, 6
"""Kinds of day beside the working days Monday (0) to Friday (4); a holiday is a day off like a Sunday."""

Numbers = np.typing.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """What was known at the forecast: every ready period by the date of its notice, and the days to draw from.

    `periods` has `PERIODS` and `began` (clock date without cut-off), sorted; `lasted` holds the days of those that have
    ended, -1 for the others. `starts` and `counts` say where in the table the periods of each of `days` stand.
    """

    region: str
    today: date
    periods: pl.DataFrame
    lasted: Numbers
    payers: np.typing.NDArray[np.object_]
    days: tuple[date, ...]
    starts: Numbers
    counts: Numbers
    of_kind: Mapping[int, Numbers]


def history(known: Facts, *, month: Month, today: date) -> History:
    """Return the history of a region up to a day, that day left out, to forecast a month from.

    The days to draw from are those of the whole months before the day: from the first month after that of the first
    ready notice, or that month itself if its notice came on the first of the month.

    Raises:
        HistoryTooShort: there are fewer than three whole months.
    """
    began = pl.max_horizontal("ready_on", "sent_on")
    periods = known.periods.with_columns(began=began).sort("sent_on", "episode", "period")
    whole = _whole_months(periods, min(today, month.first))
    if len(whole) < MONTHS_NEEDED:
        raise HistoryTooShort(known.region, months=len(whole), needed=MONTHS_NEEDED)
    first, last = whole[0].first, whole[-1].last
    days = tuple(first + number * ONE_DAY for number in range((last - first).days + 1))
    sent = periods.get_column("sent_on").to_numpy().astype("datetime64[D]")
    asked = np.array(days, dtype="datetime64[D]")
    starts = np.searchsorted(sent, asked, side="left").astype(np.int64)
    counts = np.searchsorted(sent, asked, side="right").astype(np.int64) - starts
    kinds = np.array([kind_of(day) for day in days])
    lasted = periods.select((pl.col("left_on") - pl.col("began")).dt.total_days().clip(0).fill_null(-1)).to_series()
    return History(
        region=known.region,
        today=today,
        periods=periods,
        lasted=lasted.to_numpy().astype(np.int64),
        payers=np.array(periods.get_column("payer_left").to_list(), dtype=np.object_),
        days=days,
        starts=starts,
        counts=counts,
        of_kind={int(kind): np.flatnonzero(kinds == kind).astype(np.int64) for kind in np.unique(kinds)},
    )


def kind_of(day: date) -> int:
    """Return the kind of a day: the weekday of a working day (0 is Monday), 5 a Saturday, 6 a Sunday or holiday.

    >>> kind_of(date(2023, 4, 10))
    6
    """
    if day.weekday() < SATURDAY:
        return day.weekday() if is_working_day(day) else DAY_OFF
    return SATURDAY if day.weekday() == SATURDAY else DAY_OFF


def donors(known: History, *, payer: str, days: int) -> Numbers:
    """Return the ended periods, as places in the table, that a patient still in after `days` may go on like.

    Those that lasted at least as long: the payer's own if they are at least 30, else the region's; none where nobody
    in the region has lasted as long.
    """
    long_enough = known.lasted >= max(days, 0)
    own = np.flatnonzero(long_enough & (known.payers == payer))
    return (own if len(own) >= ENOUGH else np.flatnonzero(long_enough)).astype(np.int64)


def alike(known: History, day: date) -> Numbers:
    """Return the days of the history, as places in `days`, of the kind of a day; all of them where there is none."""
    found = known.of_kind.get(kind_of(day))
    return found if found is not None else np.arange(len(known.days), dtype=np.int64)


def _whole_months(periods: pl.DataFrame, before: date) -> list[Month]:
    first: date | None = periods.get_column("sent_on").min()  # type: ignore[assignment]
    if first is None:
        return []
    month = Month.of(first)
    if first > month.first:
        month = month.following()
    found = []
    while month.last < before:
        found.append(month)
        month = month.following()
    return found
