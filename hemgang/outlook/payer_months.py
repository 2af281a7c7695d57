"""What an evaluation comes to for each payer and month: care days, öre, exempt or not (specification 4.4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from hemgang.liability.evaluation import Evaluation
from hemgang.liability.marks import outcome_number
from hemgang.liability.mean_ledger import MeanRow
from hemgang.liability.model import Outcome
from hemgang.liability.month import Month
from hemgang.liability.pricing import ore
from hemgang.liability.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PayerMonth:
    """What a payer has in a month: care days, exact, and their amount in öre.

    `amount` is None where the amount a care day is not known for one of them. `exempt` tells whether every clause that
    asks something of the month exempts the payer; None where no clause does.
    """

    care_days: Fraction = Fraction(0)
    amount: int | None = 0
    exempt: bool | None = None


Key = tuple[str, Month]
"""A payer and a month."""


def payer_months(found: Evaluation, months: Collection[Month], *, region: str, book: Rulebook) -> dict[Key, PayerMonth]:
    """Return what each payer of a region has in each of the months, for whoever has a ready period in it; sorted.

    Raises:
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    days = _days(found, region)
    means: dict[Key, list[MeanRow]] = {}
    for mean in found.means:
        if mean.region == region:
            means.setdefault((mean.payer, mean.month), []).append(mean)
    keys = sorted({*days, *means, *_discharged(found, region, months)})
    return {
        key: _payer_month(key, days.get(key, (0, 0, 0)), means.get(key, ()), found, region=region, book=book)
        for key in keys
        if key[1] in months
    }


def sum_of(amounts: Iterable[int | None]) -> int | None:
    """Return a sum of öre, None as soon as one is not known."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def less(second: int | None, first: int | None) -> int | None:
    """Return the difference of two amounts in öre, None where one is not known."""
    return None if first is None or second is None else second - first


def charged_days(found: Evaluation) -> pl.DataFrame:
    """Return the charged care days: `region`, `episode`, `period`, `payer`, `month` and `date`, beside `row`."""
    charged = found.days.filter(pl.col("outcome") == outcome_number(Outcome.CHARGED))
    named = found.periods.select("row", "region", "episode", "period")
    return charged.select(
        "row", "payer", pl.col("month").cast(pl.Date), pl.col("day").cast(pl.Date).alias("date")
    ).join(named, on="row", how="left", maintain_order="left")


def _days(found: Evaluation, region: str) -> dict[Key, tuple[int, int, int]]:
    """Sum the days by payer and month: charged ones, öre, and how many of them have no known amount."""
    charged = pl.col("outcome") == outcome_number(Outcome.CHARGED)
    regions = found.periods.get_column("region")
    told = found.days.select(
        pl.lit(regions.gather(found.days.get_column("row"))).alias("region"),
        "payer",
        pl.col("month").cast(pl.Date),
        "amount",
        care_days=charged.cast(pl.Int64),
        unpriced=(charged & pl.col("rate").is_null()).cast(pl.Int64),
    )
    sums = told.filter(pl.col("region") == region).group_by("payer", "month")
    rows = sums.agg(pl.col("care_days").sum(), pl.col("amount").sum(), pl.col("unpriced").sum())
    return {
        (payer, Month.of(month)): (care_days, amount, unpriced)
        for payer, month, care_days, amount, unpriced in rows.iter_rows()
    }


def _discharged(found: Evaluation, region: str, months: Collection[Month]) -> set[Key]:
    ended = found.periods.filter((pl.col("region") == region) & pl.col("left_on").is_not_null())
    pairs = ended.select("payer_left", pl.col("left_on").dt.month_start()).unique()
    firsts = {month.first: month for month in months}
    return {(payer, firsts[first]) for payer, first in pairs.iter_rows() if first in firsts}


def _payer_month(
    key: Key,
    days: tuple[int, int, int],
    means: Iterable[MeanRow],
    found: Evaluation,
    *,
    region: str,
    book: Rulebook,
) -> PayerMonth:
    payer, month = key
    care_days, amount, unpriced = days
    charged = [mean for mean in means if mean.care_days > 0]
    of_means = [_mean_amount(mean) for mean in charged]
    gates = [
        found.gates.result(region, payer, month, clause).exempt
        for clause in book.terms(region, month.first, payer).clauses
        if clause.gate.monthly
    ]
    return PayerMonth(
        care_days=care_days + sum((mean.care_days for mean in charged), Fraction(0)),
        amount=sum_of([None if unpriced else amount, *of_means]),
        exempt=all(gates) if gates else None,
    )


def _mean_amount(mean: MeanRow) -> int | None:
    return None if mean.rate is None else ore(mean.amount)
