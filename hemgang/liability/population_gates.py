"""The gates over a month's population: share, mean, months in a row, joint decision; exact (specification 4.1, 4.2).

The population's sums and counts come first, then the result of each clause's gate for a payer and month.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import polars as pl

from agreements.model import Clause, GateKind, Population
from hemgang.liability.columns import EPOCH, charges_a_day, days
from hemgang.liability.model import GateValue, Month, ThresholdUnknown
from hemgang.liability.periods import plain_status
from hemgang.liability.rulebook import ClauseKey, JointDecision, Ruled, Ruleset, agreement_of, clause_key


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a payer's population in a month under a clause: how many, the sum of d, how many left within the days."""

    members: int = 0
    days: int = 0
    within: int = 0


@dataclass(frozen=True, slots=True)
class Populations:
    """Tallies by region, clause, month and payer; `members` are the rows of the table in each, with those columns."""

    tallies: Mapping[tuple[str, ClauseKey, Month], Mapping[str, Tally]]
    members: pl.DataFrame

    def of(self, region: str, clause: ClauseKey, month: Month) -> Mapping[str, Tally]:
        """Return the tally of each payer with anybody in the population."""
        return self.tallies.get((region, clause, month), {})


_MEMBERS = {
    "row": pl.UInt32,
    "region": pl.String,
    "agreement": pl.String,
    "clause": pl.String,
    "month": pl.Date,
    "payer": pl.String,
    "d": pl.Int32,
    "within": pl.Int32,
}


_OF_POPULATION = (
    "row",
    "region",
    "payer_left",
    "end_kind",
    "left_on",
    "status",
    "ready_on",
    "sent_on",
    "sent_clock",
    "began",
    "blocked",
    "ruleset",
)


def populations(ruled: Ruled, months: Collection[Month], *, today: date) -> Populations:
    """Return the populations of months over all payers, by the payer on the date of the end.

    The table needs the columns `row` and, where terms ask for gates, `blocked`.
    """
    firsts = pl.Series([month.first for month in sorted(months)], dtype=pl.Date)
    narrow = ruled.periods.select(_OF_POPULATION)
    ended = narrow.filter(pl.col("left_on").dt.month_start().is_in(firsts.implode()))
    parts = [
        _members(ended.filter(pl.col("ruleset") == number), rules, clause, today=today)
        for number, rules in enumerate(ruled.rulesets)
        for clause in rules.populations
    ]
    members = pl.concat([pl.DataFrame(schema=_MEMBERS), *parts])
    keys = ("region", "agreement", "clause", "month", "payer")
    sums = members.group_by(keys).agg(pl.len(), pl.col("d").cast(pl.Int64).sum(), pl.col("within").cast(pl.Int64).sum())
    return Populations(_by_key(sums), members)


def _members(periods: pl.DataFrame, rules: Ruleset, clause: Clause, *, today: date) -> pl.DataFrame:
    epoch_day = (today - EPOCH).days
    within = clause.gate.within_days
    d = days(clause.gate.cutoff, epoch_day)
    kept = periods.filter(pl.col("end_kind").is_in(clause.ends_counted)).with_columns(d=d)
    for condition in _conditions(rules, clause, epoch_day):
        kept = kept.filter(condition)
    return kept.select(
        pl.col("row"),
        pl.col("region"),
        agreement=pl.lit(agreement_of(clause)),
        clause=pl.lit(clause.id),
        month=pl.col("left_on").dt.month_start(),
        payer=pl.col("payer_left"),
        d=pl.col("d"),
        within=(pl.col("d") <= within).cast(pl.Int32) if within is not None else pl.lit(0, dtype=pl.Int32),
    )


def _conditions(rules: Ruleset, clause: Clause, today: int) -> Iterator[pl.Expr]:
    wanted = clause.gate.population or Population()
    if not wanted.include_zero_days:
        yield pl.col("d") > 0
    if wanted.status is not None:
        yield pl.col("status").is_null() | (pl.col("status") == plain_status(wanted.status))
    if not wanted.includes_individually_charged:
        others = [charges_a_day(other, today) for other in rules.clauses if other is not clause]
        if others:
            yield ~pl.any_horizontal(others)
    if rules.terms.gates.population_requires_gates.value:
        yield pl.col("blocked") == 0


def _by_key(sums: pl.DataFrame) -> dict[tuple[str, ClauseKey, Month], dict[str, Tally]]:
    found: dict[tuple[str, ClauseKey, Month], dict[str, Tally]] = {}
    for region, agreement, clause, month, payer, members, d, within in sums.iter_rows():
        of_month = found.setdefault((region, (agreement, clause), Month.of(month)), {})
        of_month[payer] = Tally(members, d, within)
    return found


def months_needed(clauses: Iterable[Clause], months: Collection[Month]) -> frozenset[Month]:
    """Return the months whose populations decide about `months`: themselves, those before, reference months."""
    needed = set(months)
    for clause in clauses:
        for month in months:
            needed.update(earlier_months(month, clause.gate.months))
        if (threshold := clause.gate.threshold) is not None and threshold.value is None and threshold.county_mean_of:
            needed.add(Month.parse(threshold.county_mean_of))
    return frozenset(needed)


def earlier_months(month: Month, count: int) -> list[Month]:
    """Return the months before one, the latest first, so that with it they are `count`; none before the act."""
    found: list[Month] = []
    while len(found) < count - 1 and (before := month.preceding()) is not None:
        found.append(before)
        month = before
    return found


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
        county = self.populations.of(region, clause_key(clause), month).values()
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
        return self.populations.of(region, clause_key(clause), month).get(payer, NOBODY)

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
