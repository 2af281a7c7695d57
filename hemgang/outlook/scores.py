"""How forecasts held against what became of the months: hits of the band, error and bias, exact (specification 4.5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from hemgang.liability.month import Month
from hemgang.outlook.forecast import WHOLE_REGION, Band


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
