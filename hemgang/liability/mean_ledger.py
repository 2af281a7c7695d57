"""The rows over a payer's mean: (mean - threshold) x n care days, exact, one a payer and month (4.1, 4.4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from agreements.clause import ChargeKind, Clause
from hemgang.liability.model import GateValue
from hemgang.liability.month import Month
from hemgang.liability.month_gates import MonthGates
from hemgang.liability.population import Populations
from hemgang.liability.pricing import amount_of, kronor
from hemgang.liability.rulebook import Rulebook, agreement_of


@dataclass(frozen=True, slots=True)
class MeanRow:
    """What a clause over the mean charges a payer for a month; `care_days` is 0 where the payer is exempt.

    `rate` is kronor a care day, None unless charged (or unknown and not needed); `amount` is rounded half up to whole
    öre, here and nowhere else.
    """

    region: str
    month: Month
    payer: str
    clause: Clause
    result: GateValue
    care_days: Fraction
    rate: Decimal | None
    amount: Decimal


def mean_rows(
    populations: Populations, gates: MonthGates, clauses: Iterable[tuple[str, Month, Clause]], book: Rulebook
) -> Iterator[MeanRow]:
    """Yield a row for each payer with anybody in the population; `clauses` are the region's in force in each month.

    Raises:
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
        RateUnknown: a mean is charged in a month whose amount is not known, and one is needed.
    """
    for region, month, clause in clauses:
        if clause.charge.kind is not ChargeKind.MEAN_EXCESS:
            continue
        for payer in sorted(populations.of(region, (agreement_of(clause), clause.id), month)):
            result = gates.result(region, payer, month, clause)
            care_days = mean_excess(result, clause.charge.mean_decimals)
            rate = _rate(clause, month, book) if care_days else None
            amount = kronor(0) if rate is None else amount_of(care_days, rate)
            yield MeanRow(region, month, payer, clause, result, care_days, rate, amount)


def mean_excess(result: GateValue, decimals: int | None) -> Fraction:
    """Return the care days of a mean above its threshold: (mean - threshold) x n, never below 0.

    With `decimals` the mean is first rounded half up to so many.

    >>> mean_excess(GateValue(False, population=4, value=Fraction(3, 2), threshold=Fraction(13, 10)), None)
    Fraction(4, 5)
    """
    if result.exempt or result.value is None or result.threshold is None:
        return Fraction(0)
    mean = result.value if decimals is None else half_up(result.value, decimals)
    return max(Fraction(0), (mean - result.threshold) * result.population)


def half_up(value: Fraction, decimals: int) -> Fraction:
    """Round a fraction that is not negative half up to so many decimals.

    >>> half_up(Fraction(25, 8), 2)
    Fraction(313, 100)
    """
    scale = 10**decimals
    return Fraction(floor(value * scale + Fraction(1, 2)), scale)


def _rate(clause: Clause, month: Month, book: Rulebook) -> Decimal | None:
    """Return the amount agreed on, else the statutory one of the month's year."""
    agreed = book.agreements.terms_of(agreement_of(clause), month.first).amount_kr
    if agreed is not None:
        return agreed.value
    rate = book.rate(month.first)
    return None if rate is None else rate.amount_kr
