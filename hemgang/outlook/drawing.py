"""Draws paths to a month's end: how long those who are in stay, and who else becomes ready; resampled, seeded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from calendars.zone import local
from hemgang.liability.month import Month
from hemgang.liability.periods import PERIODS
from hemgang.outlook.history import History, Numbers, alike, donors

_DATES = ("ready_on", "sent_on", "sip_call_on", "began")
_INSTANTS = ("opened_at", "notice_at", "admission_notice_at", "assessed_at")
NOON = time(12)
"""Discharges are mostly before it: who is still in after noon is taken to stay the night."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Rows of paths: the path, the place in the history each row is taken from, and by how many days it is moved."""

    path: Numbers
    source: Numbers
    shift: Numbers

    @classmethod
    def joined(cls, parts: list["_Drawn"]) -> "_Drawn":
        """Return the rows of several parts after each other."""
        nothing = np.empty(0, dtype=np.int64)
        columns = [[getattr(part, name) for part in parts] or [nothing] for name in ("path", "source", "shift")]
        path, source, shift = (np.concatenate(column) for column in columns)
        return cls(path, source, shift)


def drawn(known: History, month: Month, now: datetime, *, paths: range, chance: np.random.Generator) -> pl.DataFrame:
    """Return the periods still open at `now`, and those still to come to the month's end, in each path, all ended.

    Columns are those of `PERIODS` and `path`. Every draw is of whole numbers.
    """
    numbers = np.arange(paths.start, paths.stop, dtype=np.int64)
    waiting = np.flatnonzero(known.lasted < 0).astype(np.int64)
    held = _Drawn(
        path=np.repeat(numbers, len(waiting)),
        source=np.tile(waiting, len(numbers)),
        shift=np.zeros(len(numbers) * len(waiting), dtype=np.int64),
    )
    days = (month.last - known.today).days + 1
    coming = [_newly_ready(known, known.today + timedelta(days=number), numbers, chance) for number in range(days)]
    rows = _Drawn.joined([held, *coming])
    table = _moved(known, rows, now)
    return _ended(known, table, rows, month=month, now=now, chance=chance).select(*PERIODS, "path")


def _newly_ready(known: History, day: date, numbers: Numbers, chance: np.random.Generator) -> _Drawn:
    """Give each path the ready notices of one day of the history of the same kind."""
    of_kind = alike(known, day)
    chosen = of_kind[chance.integers(0, len(of_kind), len(numbers))]
    counts = known.counts[chosen]
    first = np.repeat(known.starts[chosen], counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    moved = np.array([(day - known.days[place]).days for place in chosen], dtype=np.int64)
    return _Drawn(np.repeat(numbers, counts), (first + within).astype(np.int64), np.repeat(moved, counts))


def _moved(known: History, rows: _Drawn, now: datetime) -> pl.DataFrame:
    """Return the rows as on their own days, without what has come by `now` already; payers that change are the last."""
    marked = known.periods[rows.source].with_columns(
        path=pl.Series(rows.path).cast(pl.Int32), shift=pl.Series(rows.shift), drawn=pl.int_range(pl.len())
    )
    later = pl.duration(days=pl.col("shift"))
    moves = pl.col("shift") > 0
    shifted = marked.with_columns(
        *((pl.col(name) + later).alias(name) for name in (*_DATES, *_INSTANTS)),
        payer=pl.when(moves).then("payer_left").otherwise("payer"),
        payer_began=pl.when(moves).then("payer_left").otherwise("payer_began"),
        payers=pl.when(~moves).then("payers"),
        leaves=pl.when(~moves).then("leaves"),
    )
    over = moves & (pl.col("sent_on") == local(now).date()) & (pl.col("sent_clock") <= local(now).time())
    return shifted.filter(~over)


def _ended(
    known: History,
    table: pl.DataFrame,
    rows: _Drawn,
    *,
    month: Month,
    now: datetime,
    chance: np.random.Generator,
) -> pl.DataFrame:
    """End each row as its own period ended, or, where it has not, as one that lasted at least as long did.

    A patient who has stayed longer than anybody in the history stays past the month's end.
    """
    kept = table.get_column("drawn").to_numpy()
    source = rows.source[kept]
    after_noon = int(local(now).time() > NOON)
    ender, lasted = source.copy(), known.lasted[source].copy()
    for place in np.unique(source[lasted < 0]):
        here = np.flatnonzero(source == place)
        began: date = known.periods.item(int(place), "began")
        so_far = (known.today - began).days + after_noon
        found = donors(known, payer=known.payers[place], days=so_far)
        if len(found):
            ender[here] = found[chance.integers(0, len(found), len(here))]
            lasted[here] = known.lasted[ender[here]]
        else:
            lasted[here] = (month.last - began).days + 1
    return _with_ends(known, table, source=source, ender=ender, lasted=lasted)


def _with_ends(
    known: History, table: pl.DataFrame, *, source: Numbers, ender: Numbers, lasted: Numbers
) -> pl.DataFrame:
    """Add the end of each row, and to those still open the call to SIP that its donor had, if it can still come."""
    donor = known.periods[ender].select(
        end_kind=pl.col("end_kind").fill_null("discharged"),
        status=pl.col("status"),
        call_after=(pl.col("sip_call_on") - pl.col("sent_on")),
    )
    told = table.drop("end_kind", "status", "left_on").hstack(donor)
    waiting = pl.Series(known.lasted[source] < 0)
    call = pl.col("sent_on") + pl.col("call_after")
    still_to_come = waiting & (call >= known.today + pl.duration(days=pl.col("shift")))
    return told.with_columns(
        left_on=pl.col("began") + pl.duration(days=pl.lit(pl.Series(lasted))),
        sip_call_on=pl.coalesce("sip_call_on", pl.when(still_to_come).then(call)),
    )


def batches(paths: int, rows: int, *, at_once: int = 400_000) -> Iterator[range]:
    """Yield runs of paths whose rows together are about `at_once`, so that a large county fits in memory."""
    size = max(1, at_once // max(rows, 1))
    for start in range(0, paths, size):
        yield range(start, min(start + size, paths))
