"""The rulebook of a computation: agreements, amounts, payers, joint decisions and one `now` (specification 4.2).

`MonthRules` narrows it to one month of one region. A ready period is computed by the terms it began under and by the
population clauses of its month.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import chain

import numpy as np
import polars as pl

from agreements.model import ADULT_AGE, Agreement, Clause, GateKind, Rate, Suspension, Terms
from agreements.payers import Municipality, Payers
from agreements.rates import Rates
from agreements.registry import Agreements
from agreements.tomlfile import ParameterNotInForce
from calendars.timezone import local_date
from hemgang.liability.model import Month

ClauseKey = tuple[str, str]
"""The agreement whose file a clause stands in, and its id; versions of a clause share it."""
JointDecision = tuple[str, str, str, str]
"""Region, payer, clause id and month (YYYY-MM) of a recorded decision of both parties."""


@dataclass(frozen=True)
class Rulebook:
    """The rules of one computation.

    `municipalities` holds the known ones by code, `payers` those with dates of their own (None = no such register is
    kept). `now`: a patient still in is charged up to it. `decisions` open the gates that wait for both parties.
    `priced`: whether every charged day needs a known amount.
    """

    agreements: Agreements
    rates: Rates
    municipalities: Mapping[str, Municipality]
    now: datetime
    payers: Payers | None = None
    decisions: frozenset[JointDecision] = frozenset()
    priced: bool = True

    @cached_property
    def today(self) -> date:
        """The local date of `now`."""
        return local_date(self.now)

    def terms(self, region: str, on: date, payer: str) -> Terms:
        """Return the terms that hold for a payer of a region on a day.

        Raises:
            ParameterNotInForce: the day lies before the statute.
        """
        return self.agreements.terms(region, on, payer)

    def rate(self, day: date) -> Rate | None:
        """Return the statutory amount for a care day that begins on the date; None where unknown and not needed.

        Raises:
            RateUnknown: no amount is known for its year, and one is needed.
        """
        if not self.priced and day.year not in self.rates.by_year:
            return None
        return self.rates.amount(day)

    def name_of(self, payer: str) -> str | None:
        """Return the name of a payer, a district with its city; None where the payer is not on the list."""
        if self.payers is not None and (rows := self.payers.rows(payer)):
            return rows[-1].name
        code, _, district = payer.partition("/")
        municipality = self.municipalities.get(code)
        if municipality is None:
            return None
        return f"{municipality.name}, {district}" if district else municipality.name


def agreement_of(clause: Clause) -> str:
    """Return the name of the agreement whose file a clause stands in; the statute's where an agreement is silent."""
    return clause.citations[0].agreement


@dataclass(frozen=True, slots=True)
class MonthRules:
    """The rules of one month of one region."""

    region: str
    month: Month
    book: Rulebook

    def of_month(self, payer: str) -> Terms:
        """Return the terms of the month itself for a payer: those of its first day."""
        return self.book.terms(self.region, self.month.first, payer)

    def agreement(self) -> Agreement:
        """Return the agreement that governs the region on the month's first day; the statute where it has none."""
        return self.book.agreements.governing(self.region, self.month.first)

    def suspended(self) -> Suspension | None:
        """Return why liability is dormant on the month's first day, None where it is in force."""
        return self.agreement().suspended(self.month.first)

    def rate(self) -> Rate | None:
        """Return the statutory amount of the month; None where the region agreed on its own, or unknown and not needed.

        Raises:
            RateUnknown: no amount is known for the year, and one is needed.
        """
        first: date = self.month.first
        if self.book.agreements.terms_of(self.agreement().name, first).amount_kr is not None:
            return self.book.rates.by_year.get(first.year)
        return self.book.rate(first)


POPULATION_GATES = frozenset({GateKind.SHARE_BELOW, GateKind.MEAN_ABOVE, GateKind.CONSECUTIVE_MEAN_ABOVE})
"""Gates over the month's population: such a clause goes by the month closed, every other by the clock date."""

_DATE = "datetime64[D]"
_KEYS = ("region", "payer_began", "payer_left", "care", "began_in", "ended_in", "age_in")


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The terms that periods began under, and the clauses that say something of them, in order.

    `populations` are those clauses in whose population the periods are: the payer on the date of the end is bound by
    them too.
    """

    terms: Terms
    clauses: tuple[Clause, ...]
    populations: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table of periods with its rulesets: column `ruleset` numbers them, null where no rule is in force."""

    periods: pl.DataFrame
    rulesets: tuple[Ruleset, ...]


def ruled(periods: pl.DataFrame, book: Rulebook) -> Ruled:
    """Add the columns `began` (clock date without any cut-off) and `ruleset` to a table of periods."""
    edges = _edges(periods, book)
    ages = _ages(book)
    began = periods.select(began=pl.max_horizontal("ready_on", "sent_on"))
    keyed = periods.hstack(began).select(
        pl.col("region", "payer_began", "payer_left", "care").cast(pl.Categorical),
        began_in=_between(edges, _DATE, pl.col("began")),
        ended_in=_between(edges, _DATE, pl.col("left_on").dt.month_start()),
        age_in=_between(ages, "int64", pl.col("age").fill_null(ADULT_AGE)),
    )
    combinations = keyed.select(_KEYS).unique(maintain_order=True)
    found, rulesets = _numbered(_choices(combinations, edges, ages, book))
    numbered = combinations.with_columns(ruleset=pl.Series(found, dtype=pl.Int32))
    joined = keyed.join(numbered, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    return Ruled(periods.hstack(began).hstack(joined.select("ruleset")), rulesets)


def _numbered(choices: Iterable[Ruleset | None]) -> tuple[list[int | None], tuple[Ruleset, ...]]:
    """Number the rulesets by their value; most come again as the very same objects, which is quicker to see."""
    by_value: dict[Ruleset, int] = {}
    by_identity: dict[tuple[int, ...], int] = {}
    found: list[int | None] = []
    kept: list[Ruleset] = []
    for rules in choices:
        if rules is None:
            found.append(None)
            continue
        identity = (id(rules.terms), *map(id, rules.clauses), *map(id, rules.populations))
        if identity not in by_identity:
            kept.append(rules)  # so that nothing else can take the place of its parts in memory
            by_identity[identity] = by_value.setdefault(rules, len(by_value))
        found.append(by_identity[identity])
    return found, tuple(by_value)


def _edges(periods: pl.DataFrame, book: Rulebook) -> list[date]:
    regions = periods.get_column("region").unique().drop_nulls()
    return sorted(set(chain.from_iterable(book.agreements.breakpoints(region) for region in regions)))


def _ages(book: Rulebook) -> list[int]:
    """Return the ages at which some clause begins or ends to hold."""
    clauses = chain.from_iterable(dated.clauses for dated in book.agreements.dated.values())
    spans = {(clause.ages.first, clause.ages.last) for clause in clauses}
    return sorted({0, *(first for first, _ in spans), *(last + 1 for _, last in spans if last is not None)})


def _between(edges: Sequence[date] | Sequence[int], kind: str, values: pl.Expr) -> pl.Expr:
    """Number the span between two edges that a value lies in: 0 is before the first one; null stays null."""
    sorted_edges = np.array(edges, dtype=kind)

    def numbers(column: pl.Series) -> pl.Series:
        known = column.is_not_null()
        found = np.searchsorted(sorted_edges, column.fill_null(strategy="zero").to_numpy(), side="right")
        return pl.Series(found, dtype=pl.Int32).set(~known, None)

    return values.map_batches(numbers, return_dtype=pl.Int32)


def _choices(
    combinations: pl.DataFrame, edges: Sequence[date], ages: Sequence[int], book: Rulebook
) -> Iterator[Ruleset | None]:
    for region, payer, payer_left, care, began_in, ended_in, age_in in combinations.iter_rows():
        age = ages[max(age_in - 1, 0)]
        terms = _terms(region, payer, began_in, edges, book)
        if terms is None:
            yield None
            continue
        month, left = (
            None if ended_in is None else _terms(region, one, ended_in, edges, book) for one in (payer, payer_left)
        )
        clauses = tuple(_clauses(terms, month, care, age))
        bound = {clause_key(clause) for clause in left.clauses} if left else set()
        members = tuple(one for one in clauses if one.gate.kind in POPULATION_GATES and clause_key(one) in bound)
        yield Ruleset(terms, clauses, members)


def _terms(region: str, payer: str, span: int, edges: Sequence[date], book: Rulebook) -> Terms | None:
    """Return the terms that hold between two edges, None before the statute."""
    if span == 0:
        return None
    try:
        return book.terms(region, edges[span - 1], payer)
    except ParameterNotInForce:
        return None


def _clauses(terms: Terms, month: Terms | None, care: str, age: int) -> Iterator[Clause]:
    """Yield the clauses over the population of the month the period ended in, then those it began under.

    A period is in the population of a clause only if that clause, in whichever version, was for it on its clock date:
    it keeps the rule it began under.
    """
    own = [clause for clause in terms.clauses if clause.covers(care, age)]
    began_under = {clause_key(clause) for clause in own}
    for clause in _over_population(month.clauses if month else ()):
        if clause.covers(care, age) and clause_key(clause) in began_under:
            yield clause
    yield from (clause for clause in own if clause.gate.kind not in POPULATION_GATES)


def _over_population(clauses: Iterable[Clause]) -> Iterator[Clause]:
    return (clause for clause in clauses if clause.gate.kind in POPULATION_GATES)


def clause_key(clause: Clause) -> ClauseKey:
    """Return what a clause is found by: the agreement whose file it stands in, and its id."""
    return agreement_of(clause), clause.id
