"""The evaluation of gate x charge clauses over a table of ready periods, for any regions and months (4.1-4.4).

The same code serves one episode on screen and a whole country's year. It yields the day ledger, the rows over a payer's
mean, (mean - threshold) x n care days, exact, one a payer and month, and the sums of both by payer and by clause.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import polars as pl

from agreements.model import ChargeKind, Clause, GateKind
from hemgang.liability.columns import EPOCH, charges_a_day, outcome_number
from hemgang.liability.day_ledger import OF_DAYS, DayRange, amount_of, day_rows, kronor, priced
from hemgang.liability.model import DayOutcome, GateValue, Month
from hemgang.liability.patient_gates import all_of, conditions_but_sip, sip_called, with_parameters, with_sip_days
from hemgang.liability.population_gates import MonthGates, Populations, months_needed, populations
from hemgang.liability.rulebook import POPULATION_GATES, Rulebook, Ruled, Ruleset, agreement_of, ruled


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


_OF_GATES = (
    "row",
    "ruleset",
    "opened_at",
    "sent_on",
    "compulsory",
    "admission_notice_at",
    "assessed_at",
    "sip_need",
    "sip_need_before",
    "sip_call_on",
    "outpatient",
    "outpatient_before",
    "care_contact_message",
    "care_plan_message",
)
"""The columns of the table of periods that the gates on the single patient are asked of."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What became of every ready period: the table with its rulesets and gates, the day ledger, the rows over means.

    `periods` has the columns of `PERIODS` with `row`, `began`, `ruleset`, `blocked`, `review` and `essential`. `days`
    has a row a care day: `row` and `ruleset` say of what, `month` of which month (first date), then `payer`, `day`,
    `n`, `lane`, `also`, `outcome`, `reasons`, `rests`, `rate` and `amount` in öre.
    """

    periods: pl.DataFrame
    rulesets: tuple[Ruleset, ...]
    populations: Populations
    gates: MonthGates
    days: pl.DataFrame
    means: tuple[MeanRow, ...]


def evaluate(periods: pl.DataFrame, months: Collection[Month], book: Rulebook) -> Evaluation:
    """Evaluate the months, one after the other without a gap, over a table of ready periods of any regions.

    The table must hold every period of the regions that touches the months, or that ended in a month which a threshold
    or a gate over earlier months asks for; others do no harm.

    Raises:
        RateUnknown: a charged day, or a charged mean, is of a year whose amount is not known, and one is needed.
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    span = _span(months, book.today)
    known = ruled(periods.with_row_index("row"), book)
    asked = with_gates(known, book.today)
    clauses = [clause for rules in known.rulesets for clause in rules.clauses]
    found = populations(asked, months_needed(clauses, months), today=book.today)
    gates = MonthGates(found, book.decisions)
    touching = _touching(asked.periods, span)
    parts = [
        day_rows(of_rules, rules, span=span, exempt=_exempt(rules, of_rules, months, gates)).with_columns(
            ruleset=pl.lit(number, dtype=pl.Int32)
        )
        for number, rules in enumerate(known.rulesets)
        if rules.clauses and not (of_rules := touching.filter(pl.col("ruleset") == number)).is_empty()
    ]
    days = priced(pl.concat(parts, how="vertical_relaxed") if parts else None, known.rulesets, book)
    means = tuple(mean_rows(found, gates, _mean_clauses(known, months, book), book))
    return Evaluation(asked.periods, known.rulesets, found, gates, days, means)


def _span(months: Collection[Month], today: date) -> DayRange:
    first, last = min(months).first, max(months).last
    return DayRange((first - EPOCH).days, (last - EPOCH).days, (today - EPOCH).days)


def with_gates(known: Ruled, today: date) -> Ruled:
    """Ask the gates of the periods of which some clause may charge a day, or whose population asks for them."""
    numbers = [
        pl.when(pl.col("ruleset") == number).then(_may_ask(rules, (today - EPOCH).days))
        for number, rules in enumerate(known.rulesets)
    ]
    wanted = pl.coalesce(*numbers, pl.lit(False)) if numbers else pl.lit(False)
    bits = all_of([conditions_but_sip(), sip_called(today)])
    marked = known.periods.lazy().select(*_OF_GATES, wanted.alias("asked")).filter("asked").collect()
    asked = with_sip_days(with_parameters(marked, known.rulesets)).select(
        "row", "asks_leave_counts", blocked=bits.blocked, review=bits.review, essential=bits.essential
    )
    told = known.periods.select("row").join(asked, on="row", how="left", maintain_order="left")
    zero = pl.lit(0, dtype=pl.UInt32)
    filled = told.select(
        pl.col("blocked", "review", "essential").fill_null(zero), pl.col("asks_leave_counts").fill_null(True)
    )
    return Ruled(known.periods.hstack(filled), known.rulesets)


def _may_ask(rules: Ruleset, today: int) -> pl.Expr:
    if rules.terms.gates.population_requires_gates.value:
        return pl.lit(True)
    charging = [charges_a_day(clause, today) for clause in rules.clauses]
    return pl.any_horizontal(charging) if charging else pl.lit(False)


def _touching(periods: pl.DataFrame, span: DayRange) -> pl.DataFrame:
    """Return the periods whose notice was sent before the months end, and that did not end before they begin."""
    first, last = pl.lit(span.first).cast(pl.Date), pl.lit(span.last).cast(pl.Date)
    ended_before = (pl.col("left_on") < first).fill_null(False)
    return periods.select(*OF_DAYS, "ruleset").filter((pl.col("sent_on") <= last) & ~ended_before)


def _exempt(
    rules: Ruleset, periods: pl.DataFrame, months: Collection[Month], gates: MonthGates
) -> list[pl.DataFrame | None]:
    """Return, for each clause with a monthly gate, the payers that it exempts or not, by region and month."""
    return [
        _exemptions(clause, periods, months, gates)
        if clause.gate.monthly and clause.charge.kind is ChargeKind.INDIVIDUAL
        else None
        for clause in rules.clauses
    ]


def _exemptions(clause: Clause, periods: pl.DataFrame, months: Collection[Month], gates: MonthGates) -> pl.DataFrame:
    pairs = periods.select("region", "payer").unique()
    changed = periods.filter(pl.col("payers").is_not_null()).select("region", "payers").explode("payers")
    pairs = pl.concat([pairs, changed.select("region", pl.col("payers").struct.field("payer"))]).unique()
    rows = [
        (region, (month.first - EPOCH).days, payer, gates.result(region, payer, month, clause).exempt)
        for region, payer in pairs.iter_rows()
        for month in months
    ]
    schema = {"region": pl.String, "month": pl.Int32, "payer": pl.String, "exempt": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _mean_clauses(known: Ruled, months: Collection[Month], book: Rulebook) -> Iterator[tuple[str, Month, Clause]]:
    """Yield the clauses over a mean of each region and month, once each, in order."""
    regions = sorted(known.periods.get_column("region").unique().drop_nulls())
    everything = [clause for rules in known.rulesets for clause in rules.clauses if _over_mean(clause)]
    if not everything:
        return
    for region in regions:
        for month in sorted(months):
            yield from ((region, month, clause) for clause in _in_force(region, month, book) if _over_mean(clause))


def _in_force(region: str, month: Month, book: Rulebook) -> Sequence[Clause]:
    """Return the clauses of the region's own agreements in force on the first of the month."""
    return tuple(
        clause
        for agreement in book.agreements.of_region(region)
        if agreement.in_force(month.first)
        for clause in book.agreements.terms_of(agreement.name, month.first).clauses
    )


def _over_mean(clause: Clause) -> bool:
    return clause.gate.kind in POPULATION_GATES and clause.gate.kind is not GateKind.SHARE_BELOW


def day_totals(found: Evaluation) -> pl.DataFrame:
    """Return the charged care days and their amount in öre, for each `region`, `month` and `payer` with any."""
    regions = found.periods.get_column("region")
    charged = found.days.filter(pl.col("outcome") == outcome_number(DayOutcome.CHARGED))
    told = charged.select(
        pl.lit(regions.gather(charged.get_column("row"))).alias("region"),
        pl.col("month").cast(pl.Date),
        "payer",
        "amount",
        pl.lit(1).alias("care_days"),
    )
    return told.group_by("region", "month", "payer").agg(
        pl.col("care_days").cast(pl.Int64).sum(), pl.col("amount").sum()
    )


def clause_totals(found: Evaluation) -> pl.DataFrame:
    """Return care days and persons of each clause that charges: a date that two clauses charge counts in both.

    Columns `region`, `month`, `payer`, `agreement`, `clause`, `care_days`, `persons` (stays with a charged day).
    """
    charged = found.days.filter(pl.col("outcome") == outcome_number(DayOutcome.CHARGED))
    parts = [
        charged.filter((pl.col("ruleset") == number) & _speaks(lane)).select(
            "row", "month", "payer", agreement=pl.lit(agreement_of(clause)), clause=pl.lit(clause.id)
        )
        for number, rules in enumerate(found.rulesets)
        for lane, clause in enumerate(rules.clauses)
    ]
    empty = {"row": pl.UInt32, "month": pl.Int32, "payer": pl.String, "agreement": pl.String, "clause": pl.String}
    rows = pl.concat([pl.DataFrame(schema=empty), *parts])
    stays = found.periods.select("row", "region", "stay")
    told = rows.join(stays, on="row", how="left").with_columns(pl.col("month").cast(pl.Date))
    keys = ("region", "month", "payer", "agreement", "clause")
    return told.group_by(keys).agg(care_days=pl.len().cast(pl.Int64), persons=pl.col("stay").n_unique().cast(pl.Int64))


def _speaks(lane: int) -> pl.Expr:
    return (pl.col("lane") == lane) | ((pl.col("also") & (1 << lane)) != 0)
