"""What a clause's gate says of a payer and month: share, mean, months in a row, joint decision; exact (4.1)."""

from dataclasses import dataclass, field
from fractions import Fraction

from agreements.clause import Clause, GateKind
from hemgang.liability.errors import ThresholdUnknown
from hemgang.liability.model import GateValue
from hemgang.liability.month import Month
from hemgang.liability.population import Populations, Tally, earlier_months
from hemgang.liability.rulebook import JointDecision, agreement_of

NOBODY = Tally()


@dataclass(frozen=True, slots=True)
class MonthGates:
    """Answers, for any payer, month and clause of a region, whether the payer is exempt; each computed once."""

    populations: Populations
    decisions: frozenset[JointDecision]
    _known: dict[tuple[str, str, Month, Clause], GateValue] = field(default_factory=dict, compare=False, repr=False)

    def result(self, region: str, payer: str, month: Month, clause: Clause) -> GateValue:
        """Return the gate's value; a payer with nobody in the population is exempt.

        Raises:
            ThresholdUnknown: the threshold is a county mean, and nobody was discharged in its month.
        """
        key = (region, payer, month, clause)
        if key not in self._known:
            self._known[key] = self._evaluate(region, payer, month, clause)
        return self._known[key]

    def threshold(self, region: str, clause: Clause) -> Fraction:
        """Return the mean above which a payer is liable.

        Raises:
            ThresholdUnknown: it is a county mean, and nobody was discharged in its month.
        """
        asked = clause.gate.threshold
        if asked is None:
            raise ValueError(f"{clause.id}: a gate over a mean needs a threshold")
        if asked.value is not None:
            return asked.value
        month = Month.parse(asked.county_mean_of or "")
        county = self.populations.of(region, _key(clause), month).values()
        members = sum(one.members for one in county)
        if members == 0:
            raise ThresholdUnknown(region=region, clause=clause.id, agreement=agreement_of(clause), month=str(month))
        return Fraction(sum(one.days for one in county), members)

    def _evaluate(self, region: str, payer: str, month: Month, clause: Clause) -> GateValue:
        match clause.gate.kind:
            case GateKind.ALWAYS:
                return GateValue(exempt=False)
            case GateKind.JOINT_DECISION:
                return GateValue(exempt=(region, payer, clause.id, str(month)) not in self.decisions)
            case GateKind.SHARE_BELOW:
                return self._share(self._tally(region, payer, month, clause), clause)
            case GateKind.MEAN_ABOVE | GateKind.CONSECUTIVE_MEAN_ABOVE:
                return self._mean(region, payer, month, clause)

    def _tally(self, region: str, payer: str, month: Month, clause: Clause) -> Tally:
        return self.populations.of(region, _key(clause), month).get(payer, NOBODY)

    def _share(self, tally: Tally, clause: Clause) -> GateValue:
        least = clause.gate.min_share
        if least is None:
            raise ValueError(f"{clause.id}: a share needs min_share")
        if tally.members == 0:
            return GateValue(exempt=True, threshold=least)
        share = Fraction(tally.within, tally.members)
        return GateValue(
            exempt=share >= least, population=tally.members, counted=tally.within, value=share, threshold=least
        )

    def _mean(self, region: str, payer: str, month: Month, clause: Clause) -> GateValue:
        earlier = earlier_months(month, clause.gate.months)
        before = tuple(mean_of(self._tally(region, payer, one, clause)) for one in earlier)
        tally = self._tally(region, payer, month, clause)
        mean = mean_of(tally)
        if mean is None:
            asked = clause.gate.threshold
            return GateValue(exempt=True, threshold=asked.value if asked else None, before=before)
        threshold = self.threshold(region, clause)
        in_a_row = len(before) == clause.gate.months - 1 and all(one is not None and one > threshold for one in before)
        return GateValue(
            exempt=not (mean > threshold and in_a_row),
            population=tally.members,
            value=mean,
            threshold=threshold,
            days=tally.days,
            before=before,
        )


def mean_of(tally: Tally) -> Fraction | None:
    """Return the mean of d, None over nobody."""
    return Fraction(tally.days, tally.members) if tally.members else None


def _key(clause: Clause) -> tuple[str, str]:
    return agreement_of(clause), clause.id
