"""The population of a month and what it adds up to: sums of d, counts, exact (specification 4.1, 4.2)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from agreements.clause import Clause, Population
from hemgang.liability.clause_days import EPOCH, charges_a_day, days
from hemgang.liability.month import Month
from hemgang.liability.periods import plain_status
from hemgang.liability.rulebook import agreement_of
from hemgang.liability.rulesets import Ruled, Ruleset

ClauseKey = tuple[str, str]
"""The agreement whose file a clause stands in, and its id; versions of a clause share it."""


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
