"""How far a payer is from its threshold in a month, exact: discharges for a share, days for a mean (4.1)."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from hemgang.liability.model import GateValue


@dataclass(frozen=True, slots=True)
class ShareStanding:
    """A share: `early` of `population` left within the days.

    `needed` early discharges in a row make the payer exempt, 0 where it is; None where no number does. `bearable` late
    ones in a row leave it exempt, None where any number does; 0 where it is not, or where the next one loses it.
    """

    exempt: bool
    early: int
    population: int
    share: Fraction | None
    threshold: Fraction
    needed: int | None
    bearable: int | None


@dataclass(frozen=True, slots=True)
class MeanStanding:
    """A mean: the sum of d over the population, and the threshold.

    `room` is how many days the sum may still rise before the mean is above the threshold, negative where it is above
    already. `before` are the means of the earlier months that a gate over consecutive months asks for.
    """

    exempt: bool
    days: int
    population: int
    mean: Fraction | None
    threshold: Fraction
    room: Fraction
    before: tuple[Fraction | None, ...] = ()


def share_standing(value: GateValue, least: Fraction) -> ShareStanding:
    """Return where a share stands; `least` is the share from which the payer is exempt.

    Nobody discharged is exempt, and then one late discharge is one too many unless nothing is asked.

    >>> share_standing(GateValue(False, population=30, counted=20), Fraction(3, 4)).needed
    10
    """
    early, all_ = value.counted, value.population
    needed: int | None = 0
    bearable: int | None = 0
    if not value.exempt:
        needed = None if least >= 1 else ceil((least * all_ - early) / (1 - least))
    else:
        bearable = None if least <= 0 else floor(early / least) - all_
    return ShareStanding(value.exempt, early, all_, value.value, least, needed, bearable)


def mean_standing(value: GateValue, threshold: Fraction) -> MeanStanding:
    """Return where a mean stands; exactly at the threshold is not above it.

    >>> mean_standing(GateValue(True, population=4, days=5), Fraction(2)).room
    Fraction(3, 1)
    """
    room = threshold * value.population - value.days
    return MeanStanding(value.exempt, value.days, value.population, value.value, threshold, room, value.before)


def tipping_days(standing: MeanStanding) -> int:
    """Return the least d with which one more discharge puts the mean above the threshold; 0 where any does.

    >>> tipping_days(MeanStanding(True, 5, 4, Fraction(5, 4), Fraction(2), Fraction(3)))
    6
    """
    return max(0, floor(standing.room + standing.threshold) + 1)
