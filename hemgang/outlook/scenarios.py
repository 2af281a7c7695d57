"""Scenarios: an agreement's terms of one day governing a region at all times, and many months under each (4.1, 4.4).

A scenario comes to care days, öre and exemption for each payer and month, in one evaluation over all the months.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import polars as pl

from agreements.diff import values_of
from agreements.fields import STATUTE
from agreements.model import Agreement, Cited, Clause, Terms
from agreements.registry import Agreements, DatedAgreement, clause_in_force, row_on
from hemgang.errors import HemgangError
from hemgang.liability.columns import outcome_number
from hemgang.liability.day_ledger import ore
from hemgang.liability.evaluation import Evaluation, MeanRow, evaluate
from hemgang.liability.model import FIRST_DATE, DayOutcome, Month, ThresholdUnknown
from hemgang.liability.periods import Facts
from hemgang.liability.rulebook import Rulebook, agreement_of

ACTUAL = "actual"
"""The word for what really governs, whatever its dates and parties."""

IMAGINED = "imagined"
"""The name under which terms that stand in no file govern a region."""

NOWHERE = ""
"""The region of an agreement that governs none."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A set of agreements to compute by, and what it is called.

    `name` is the agreement's, or `actual`; `on` is the day whose terms it has, None for `actual`.
    """

    name: str
    on: date | None
    agreements: Agreements

    @property
    def label(self) -> str:
        """What the world is called: the name, with the day where there is one."""
        return self.name if self.on is None else f"{self.name}@{self.on.isoformat()}"


def as_if(agreements: Agreements, name: str, *, on: date, region: str) -> Agreements:
    """Return agreements in which the terms of one, as they hold on a day, govern a region from 2018-01-01 without end.

    Its dates, region and parties are lifted: it governs every payer of the region. Where it is silent the statute as it
    holds on the day does; a payer of another region is under the statute. No other agreement is among them.

    Raises:
        UnknownAgreement: there is no agreement of that name.
        ParameterNotInForce: it does not hold on the day.
        NoClause: it has no clause of its own on the day.
    """
    agreements.terms_of(name, on)
    statute = _frozen(agreements.dated[STATUTE], on)
    if name == STATUTE:
        return Agreements(dated={STATUTE: statute})
    own = _frozen(agreements.dated[name], on)
    if not own.clauses:
        raise NoClause(name, on)
    head = replace(own.agreement, region=region, parties=(), suspensions=())
    return Agreements(dated={STATUTE: statute, name: replace(own, agreement=head)})


def of_terms(terms: Terms, *, region: str, statute: DatedAgreement) -> Agreements:
    """Return agreements in which terms that may stand in no file govern a region at all times."""
    head = replace(statute.agreement, name=IMAGINED, region=region, parties=())
    values = {name: (_always(cited),) for name, cited in values_of(terms)}
    clauses = tuple(_clause_always(clause) for clause in terms.clauses)
    host = DatedAgreement(agreement=head, values=values, clauses=clauses, file=statute.file)
    # A clause keeps the name of its file, which is asked for the amount agreed on.
    aliases = {
        name: replace(host, agreement=replace(head, name=name, region=NOWHERE))
        for name in {agreement_of(clause) for clause in clauses} - {STATUTE}
    }
    return Agreements(dated={STATUTE: statute, **aliases, IMAGINED: host})


def with_clauses(agreements: Agreements, change: Callable[[Clause], Clause]) -> Agreements:
    """Return the agreements with every clause, in each of its versions, as `change` makes it."""
    changed = {
        name: replace(dated, clauses=tuple(change(clause) for clause in dated.clauses))
        for name, dated in agreements.dated.items()
    }
    return Agreements(dated=changed)


def ruled_by(book: Rulebook, agreements: Agreements) -> Rulebook:
    """Return the rulebook with other agreements, and without what it remembers of its own."""
    return replace(book, agreements=agreements)


def nearest_day(agreement: Agreement, wanted: date) -> date:
    """Return the wanted day where the agreement holds then, else its first or last day, whichever is nearer to it."""
    if wanted < agreement.valid_from:
        return agreement.valid_from
    return wanted if agreement.valid_to is None else min(wanted, agreement.valid_to)


def _frozen(dated: DatedAgreement, on: date) -> DatedAgreement:
    found = {name: row_on(rows, on) for name, rows in dated.values.items()}
    values: Mapping[str, tuple[Cited[object], ...]] = {
        name: (_always(row),) for name, row in found.items() if row is not None
    }
    clauses = tuple(_clause_always(clause) for clause in dated.clauses if clause_in_force(clause, on))
    head = replace(dated.agreement, valid_from=FIRST_DATE, valid_to=None, approved=None)
    return replace(dated, agreement=head, values=values, clauses=clauses)


def _always(row: Cited[object]) -> Cited[object]:
    return replace(row, valid_from=FIRST_DATE, valid_to=None, approved=None, end_approved=None)


def _clause_always(clause: Clause) -> Clause:
    return replace(clause, valid_from=FIRST_DATE, valid_to=None, approved=None, end_approved=None)


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


def amount_difference(second: int | None, first: int | None) -> int | None:
    """Return the difference of two amounts in öre, None where one is not known."""
    return None if first is None or second is None else second - first


def charged_days(found: Evaluation) -> pl.DataFrame:
    """Return the charged care days: `region`, `episode`, `period`, `payer`, `month` and `date`, beside `row`."""
    charged = found.days.filter(pl.col("outcome") == outcome_number(DayOutcome.CHARGED))
    named = found.periods.select("row", "region", "episode", "period")
    return charged.select(
        "row", "payer", pl.col("month").cast(pl.Date), pl.col("day").cast(pl.Date).alias("date")
    ).join(named, on="row", how="left", maintain_order="left")


def _days(found: Evaluation, region: str) -> dict[Key, tuple[int, int, int]]:
    """Sum the days by payer and month: charged ones, öre, and how many of them have no known amount."""
    charged = pl.col("outcome") == outcome_number(DayOutcome.CHARGED)
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


@dataclass(frozen=True, slots=True)
class Sums:
    """Care days, exact, and öre of several payers or months; None where an amount a care day is not known."""

    care_days: Fraction
    amount: int | None


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What the months come to under one world, by payer and month.

    `problem` says why nothing could be computed; `unpriced` holds the months whose care days have no known amount.
    """

    world: Scenario
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


def backtest(
    known: Facts, months: Sequence[Month], worlds: Sequence[Scenario], book: Rulebook
) -> tuple[ScenarioResult, ...]:
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


def _tried(known: Facts, months: Sequence[Month], world: Scenario, book: Rulebook) -> ScenarioResult:
    try:
        found = evaluate(known.periods, months, book)
        return ScenarioResult(world, payer_months(found, months, region=known.region, book=book))
    except ThresholdUnknown as unknown:
        return ScenarioResult(world, {}, str(unknown))


def _sums(found: Iterator[PayerMonth]) -> Sums:
    months = list(found)
    return Sums(sum((one.care_days for one in months), Fraction(0)), sum_of(one.amount for one in months))


class OutlookRefused(HemgangError):
    """A comparison or forecast that cannot be made as asked; the text says what is missing."""


class NoClause(OutlookRefused):
    """An agreement says nothing of liability on a day, so there is nothing to compute by; the statute is `lus`."""

    def __init__(self, name: str, on: date) -> None:
        """Keep the agreement and the day."""
        super().__init__(f"agreement {name} has no clause of its own on {on}; the statute holds then: lus")


class HistoryTooShort(OutlookRefused):
    """A forecast rests on the region's own history, and there is too little of it."""

    def __init__(self, region: str, *, months: int, needed: int) -> None:
        """Keep how many whole months there are."""
        super().__init__(
            f"county {region}: {months} whole months with ready notices before the forecast, and it needs {needed}; "
            "ingest earlier months"
        )
