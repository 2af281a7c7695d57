"""What a month will come to for each payer at its end: a median and a band from the region's own history (4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from hemgang.liability.evaluation import evaluate
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.liability.rulebook import Rulebook
from hemgang.outlook.drawing import batches, drawn
from hemgang.outlook.errors import OutlookRefused
from hemgang.outlook.history import History, history
from hemgang.outlook.imagined import ruled_by
from hemgang.outlook.paths import copied, decided, of_path, touching
from hemgang.outlook.payer_months import PayerMonth, payer_months

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
