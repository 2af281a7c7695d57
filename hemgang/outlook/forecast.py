"""The forecast of a month: a median and a band for each payer, from the region's own history, and their score (4.5).

Paths to the month's end are drawn by resampling, seeded: how long those who are in stay, and who else becomes ready.
Many paths are evaluated at once. A payer `2326` is written `2326/~7` on path 7: a district of its municipality to every
rule, with a month of its own, so that no two paths mix. The score counts hits of the band, error and bias, exact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import numpy as np
import polars as pl

from calendars.holidays import is_working_day
from calendars.timezone import local
from hemgang.liability.evaluation import evaluate
from hemgang.liability.model import Month
from hemgang.liability.periods import PERIODS, Facts
from hemgang.liability.population_gates import earlier_months
from hemgang.liability.rulebook import Rulebook
from hemgang.outlook.scenarios import HistoryTooShort, OutlookRefused, PayerMonth, payer_months, ruled_by

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


PATHS = 500
"""How many ways to the month's end are drawn."""

WHOLE_REGION = ""
"""Stands for the sum over all payers."""


@dataclass(frozen=True, slots=True)
class Band:
    """What a payer, or the whole region (""), will pay for the month, in öre; each figure is that of one of the paths.

    Between `low` and `high`, both included, lie at least 80 % of the paths. `exempt` is how many of them exempt the
    payer, None where no clause asks anything of its month.
    """

    payer: str
    low: int
    median: int
    high: int
    exempt: int | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A month of a region as it will probably end, by what was known at `as_of`; the region first, then by payer."""

    region: str
    month: Month
    as_of: datetime
    paths: int
    seed: int
    bands: tuple[Band, ...]


def forecast(known: Facts, month: Month, book: Rulebook, *, seed: int, paths: int = PATHS) -> Forecast:
    """Forecast a month from the facts known at `book.now`; the same facts and seed give the same forecast.

    Raises:
        HistoryTooShort: there are fewer than three whole months of ready notices before it.
        OutlookRefused: the month is over, or begins more than a month ahead, or its threshold is its own county mean.
        RateUnknown: the amount a care day is not known for a day that a path charges.
    """
    _refuse(known.region, month, book)
    past = history(known, month=month, today=book.today)
    chance = np.random.default_rng([seed, month.year, month.number])
    ended = touching(past.periods, month, book).filter(pl.col("left_on").is_not_null())
    ahead = (month.last - book.today).days + 1
    rows = ended.height + ahead * int(past.counts.mean() + 1) + int((past.lasted < 0).sum())
    results: list[dict[str, PayerMonth]] = [{} for _ in range(paths)]
    for batch in batches(paths, rows):
        table = drawn(past, month, book.now, paths=batch, chance=chance)
        _evaluate(table, ended, past, month, batch, results, ruled_by(book, book.agreements))
    return Forecast(known.region, month, book.now, paths, seed, _bands(results))


def _refuse(region: str, month: Month, book: Rulebook) -> None:
    if book.now >= month.ends_at:
        raise OutlookRefused(f"{month} is over: there is nothing to forecast, see hemgang close")
    if month > Month.of(book.today).following():
        raise OutlookRefused(f"{month} is too far ahead: the running month and the next one can be forecast")
    for clause in book.agreements.terms(region, month.first).clauses:
        asked = clause.gate.threshold
        if asked is not None and asked.value is None and asked.county_mean_of == str(month):
            raise OutlookRefused(f"the threshold of {clause.id} is the mean of {month} itself, which is not over")


def _evaluate(
    table: pl.DataFrame,
    ended: pl.DataFrame,
    past: History,
    month: Month,
    batch: range,
    results: list[dict[str, PayerMonth]],
    book: Rulebook,
) -> None:
    """Evaluate a batch of paths at once, at the month's end; every period of a path has ended, then or later."""
    numbers = pl.DataFrame({"path": list(batch)}, schema={"path": pl.Int32})
    fixed = ended.drop("began").join(numbers, how="cross")
    own = copied(pl.concat([fixed, table.select(fixed.columns)]))
    many = decided(_at_end(book, month), batch.stop)
    found = evaluate(pl.concat([past.periods.drop("began"), own]), (month,), many)
    for (payer, _), one in payer_months(found, (month,), region=past.region, book=many).items():
        named, path = of_path(payer)
        if path is not None:
            results[path][named] = one


def _at_end(book: Rulebook, month: Month) -> Rulebook:
    return Rulebook(
        agreements=book.agreements,
        rates=book.rates,
        municipalities=book.municipalities,
        now=month.ends_at,
        payers=book.payers,
        decisions=book.decisions,
    )


def _bands(results: Sequence[dict[str, PayerMonth]]) -> tuple[Band, ...]:
    payers = sorted({payer for one in results for payer in one})
    totals = [sum(_ore(one) for one in result.values()) for result in results]
    region = _band(WHOLE_REGION, totals, None)
    return (region, *(_of_payer(payer, results) for payer in payers))


def _of_payer(payer: str, results: Sequence[dict[str, PayerMonth]]) -> Band:
    found = [result.get(payer) for result in results]
    gated = any(one is not None and one.exempt is not None for one in found)
    # A path in which nobody of the payer's was ready: an empty month is exempt.
    exempt = sum(one is None or one.exempt is True for one in found) if gated else None
    return _band(payer, [0 if one is None else _ore(one) for one in found], exempt)


def _band(payer: str, amounts: Sequence[int], exempt: int | None) -> Band:
    ordered = sorted(amounts)
    cut = -(-len(ordered) // 10)
    return Band(payer, ordered[cut - 1], ordered[(len(ordered) - 1) // 2], ordered[-cut], exempt)


def _ore(one: PayerMonth) -> int:
    if one.amount is None:
        raise ValueError("a priced month has an amount")
    return one.amount


@dataclass(frozen=True, slots=True)
class Scored:
    """A forecast of a payer's month, or the region's (""), with the outcome in öre."""

    month: Month
    as_of: datetime
    band: Band
    outcome: int

    @property
    def hit(self) -> bool:
        """Whether the outcome lies in the band, ends included."""
        return self.band.low <= self.outcome <= self.band.high

    @property
    def error(self) -> int:
        """The median less the outcome, in öre: above 0 it was too high."""
        return self.band.median - self.outcome


@dataclass(frozen=True, slots=True)
class Score:
    """Forecasts of one payer, of the region (""), or of all payers (None), together; errors in öre, exact."""

    payer: str | None
    forecasts: int
    hits: int
    absolute_error: Fraction
    bias: Fraction


def scores(scored: Iterable[Scored]) -> tuple[Score, ...]:
    """Return the score of the region's totals, of all payers together, then of each payer; none over nothing."""
    everything = list(scored)
    groups: dict[str | None, list[Scored]] = {WHOLE_REGION: [], None: []}
    for one in everything:
        groups.setdefault(one.band.payer, []).append(one)
        if one.band.payer != WHOLE_REGION:
            groups[None].append(one)
    return tuple(_scores(groups))


def _scores(groups: dict[str | None, list[Scored]]) -> Iterator[Score]:
    order = [WHOLE_REGION, None, *sorted(name for name in groups if name)]
    for payer in order:
        if found := groups[payer]:
            yield Score(
                payer=payer,
                forecasts=len(found),
                hits=sum(one.hit for one in found),
                absolute_error=Fraction(sum(abs(one.error) for one in found), len(found)),
                bias=Fraction(sum(one.error for one in found), len(found)),
            )


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


MARK = "/~"


def copied(periods: pl.DataFrame) -> pl.DataFrame:
    """Return a table of periods with a column `path`, with the payers of each path as its own, without the column."""
    suffix = pl.concat_str(pl.lit(MARK), pl.col("path").cast(pl.String))
    named = periods.with_columns(pl.col("payer", "payer_began", "payer_left") + suffix)
    changing = named.with_row_index("row_of_path").filter(pl.col("payers").is_not_null())
    if changing.is_empty():
        return named.drop("path")
    spans = changing.select("row_of_path", "path", "payers").explode("payers")
    renamed = pl.col("payers").struct.with_fields(payer=pl.field("payer") + suffix)
    own = spans.with_columns(renamed).group_by("row_of_path", maintain_order=True).agg(pl.col("payers"))
    numbered = named.with_row_index("row_of_path").drop("payers")
    joined = numbered.join(own, on="row_of_path", how="left", maintain_order="left")
    return joined.select(periods.drop("path").columns)


def of_path(payer: str) -> tuple[str, int | None]:
    """Return the payer that a copy's payer stands for, and the number of the copy; None for no copy.

    >>> of_path("0180/Kista/~12")
    ('0180/Kista', 12)
    """
    own, mark, number = payer.rpartition(MARK)
    return (own, int(number)) if mark else (payer, None)


def decided(book: Rulebook, paths: int) -> Rulebook:
    """Return the rulebook with every joint decision taken for each of the copies too."""
    decisions = {
        (region, f"{payer}{MARK}{number}", clause, month)
        for region, payer, clause, month in book.decisions
        for number in range(paths)
    }
    return replace(book, decisions=book.decisions | decisions)


def touching(periods: pl.DataFrame, month: Month, book: Rulebook) -> pl.DataFrame:
    """Return the periods that a payer's month rests on: open, or ended in it or in a month that its gates ask for."""
    clauses = (clause for dated in book.agreements.dated.values() for clause in dated.clauses)
    months = max((clause.gate.months for clause in clauses), default=1)
    first = min((month, *earlier_months(month, months))).first
    return periods.filter(
        (pl.col("sent_on") <= month.last) & (pl.col("left_on").is_null() | (pl.col("left_on") >= first))
    )
