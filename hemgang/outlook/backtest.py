"""Many months under several agreements: one evaluation an agreement, over all months at once (specification 4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hemgang.liability.errors import ThresholdUnknown
from hemgang.liability.evaluation import evaluate
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.liability.rulebook import Rulebook
from hemgang.outlook.errors import OutlookRefused
from hemgang.outlook.imagined import World, ruled_by
from hemgang.outlook.payer_months import Key, PayerMonth, payer_months, sum_of


@dataclass(frozen=True, slots=True)
class Sums:
    """Care days, exact, and öre of several payers or months; None where an amount a care day is not known."""

    care_days: Fraction
    amount: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What the months come to under one world, by payer and month.

    `problem` says why nothing could be computed; `unpriced` holds the months whose care days have no known amount.
    """

    world: World
    months: Mapping[Key, PayerMonth]
    problem: str | None = None

    @property
    def unpriced(self) -> tuple[Month, ...]:
        """The months with a charged care day whose amount is not known, in order."""
        return tuple(sorted({month for (_, month), one in self.months.items() if one.amount is None}))

    def of_month(self, month: Month) -> Sums:
        """Return the sums of a month over all payers."""
        return _sums(one for (_, of), one in self.months.items() if of == month)

    def of_payer(self, payer: str) -> Sums:
        """Return the sums of a payer over all months."""
        return _sums(one for (of, _), one in self.months.items() if of == payer)

    def total(self) -> Sums:
        """Return the sums over everything."""
        return _sums(iter(self.months.values()))


def backtest(known: Facts, months: Sequence[Month], worlds: Sequence[World], book: Rulebook) -> tuple[Tried, ...]:
    """Compute the months, one after the other without a gap, under each of the worlds, on the same rows.

    Raises:
        OutlookRefused: two worlds are the same.
    """
    labels = [world.label for world in worlds]
    for label in labels:
        if labels.count(label) > 1:
            raise OutlookRefused(f"agreement {label} is given twice")
    return tuple(_tried(known, months, world, ruled_by(book, world.agreements)) for world in worlds)


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Return the months from one to another, both included.

    Raises:
        OutlookRefused: the last lies before the first.
    """
    if last < first:
        raise OutlookRefused(f"the months end with {last}, before they begin with {first}")
    found = [first]
    while found[-1] < last:
        found.append(found[-1].following())
    return tuple(found)


def _tried(known: Facts, months: Sequence[Month], world: World, book: Rulebook) -> Tried:
    try:
        found = evaluate(known.periods, months, book)
        return Tried(world, payer_months(found, months, region=known.region, book=book))
    except ThresholdUnknown as unknown:
        return Tried(world, {}, str(unknown))


def _sums(found: Iterator[PayerMonth]) -> Sums:
    months = list(found)
    return Sums(sum((one.care_days for one in months), Fraction(0)), sum_of(one.amount for one in months))
