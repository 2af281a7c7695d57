"""What a charged care day costs: the amount of the year it begins in, or the one agreed; in öre (LUS 5:6, 4:5)."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor

import polars as pl

from hemgang.liability.clause_days import EPOCH
from hemgang.liability.marks import outcome_number
from hemgang.liability.model import Outcome
from hemgang.liability.rulebook import Rulebook
from hemgang.liability.rulesets import Ruleset

DAYS = {
    "row": pl.UInt32,
    "month": pl.Int32,
    "payer": pl.String,
    "day": pl.Int32,
    "lane": pl.UInt8,
    "also": pl.UInt8,  # wider where a ruleset has more clauses (lane_bits)
    "n": pl.Int32,
    "outcome": pl.UInt8,
    "reasons": pl.UInt32,
    "rests": pl.UInt32,
    "ruleset": pl.Int32,
    "rate": pl.Int64,
    "amount": pl.Int64,
}


def priced(days: pl.DataFrame | None, rulesets: Sequence[Ruleset], book: Rulebook) -> pl.DataFrame:
    """Add `rate` and `amount` in öre to care days, null and 0 unless charged; None gives an empty ledger.

    Raises:
        RateUnknown: a charged day begins in a year whose amount is not known, and one is needed.
    """
    if days is None:
        return pl.DataFrame(schema=DAYS)
    charged = pl.col("outcome") == outcome_number(Outcome.CHARGED)
    own = {number: ore(agreed) for number, rules in enumerate(rulesets) if (agreed := _agreed(rules)) is not None}
    rate = _of_year(book)
    if own:
        agreed_rate = pl.col("ruleset").replace_strict(own, default=None, return_dtype=pl.Int64)
        rate = pl.coalesce(agreed_rate, rate)
    told = days.with_columns(rate=pl.when(charged).then(rate))
    _refuse_unpriced(told.filter(charged & pl.col("rate").is_null()), book)
    return told.with_columns(amount=pl.col("rate").fill_null(0)).select(list(DAYS))


def ore(amount_kr: Decimal) -> int:
    """Return kronor with at most two decimals in öre.

    >>> ore(Decimal("10500.50"))
    1050050
    """
    return int((amount_kr * 100).to_integral_exact(rounding=ROUND_HALF_UP))


def amount_of(care_days: Fraction, rate_kr: Decimal) -> Decimal:
    """Return the kronor of care days at an amount a day, rounded half up to whole öre, once.

    >>> amount_of(Fraction(4, 5), Decimal(8200))
    Decimal('6560.00')
    """
    return kronor(floor(care_days * ore(rate_kr) + Fraction(1, 2)))


@lru_cache(maxsize=4096)
def kronor(ore_: int) -> Decimal:
    """Return öre as kronor with two decimals.

    >>> kronor(1050050)
    Decimal('10500.50')
    """
    return Decimal(ore_).scaleb(-2)


def _of_year(book: Rulebook) -> pl.Expr:
    """Return the statutory öre of each care day's year, null where unknown."""
    years = [
        pl.when(pl.col("day").is_between((date(year, 1, 1) - EPOCH).days, (date(year, 12, 31) - EPOCH).days)).then(
            pl.lit(ore(book.rates.by_year[year].amount_kr), dtype=pl.Int64)
        )
        for year in book.rates.years()
    ]
    return pl.coalesce(*years, pl.lit(None, dtype=pl.Int64))


def _agreed(rules: Ruleset) -> Decimal | None:
    return None if rules.terms.amount_kr is None else rules.terms.amount_kr.value


def _refuse_unpriced(days: pl.DataFrame, book: Rulebook) -> None:
    if book.priced and not days.is_empty():
        first: date | None = days.get_column("day").cast(pl.Date).min()  # type: ignore[assignment]
        if first is not None:
            book.rate(first)
