"""Patients who are ready and still in: until when leaving is free, and what leaving today or tomorrow does (4.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from agreements.clause import ChargeKind, Clause
from hemgang.episode.model import EndKind
from hemgang.liability.clause_days import charged_from, day0
from hemgang.liability.evaluation import evaluate
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.liability.rulebook import Rulebook, agreement_of
from hemgang.liability.rulesets import POPULATION_GATES
from hemgang.outlook.paths import copied, decided, of_path, touching
from hemgang.outlook.payer_months import PayerMonth, payer_months
from hemgang.outlook.standing import MeanStanding, mean_standing, tipping_days

ONE_DAY = timedelta(days=1)
NOTHING = PayerMonth()


@dataclass(frozen=True, slots=True)
class ClauseDates:
    """What a clause says of a patient still in; dates of leaving, None where it says nothing of the kind.

    `d` is the clause's d so far. `early_until`: the last date on which leaving counts as early in a share, included.
    `free_until`: the last date on which leaving leaves no care day beyond the free ones, included. `tips_on`: the first
    date on which leaving puts a mean above its threshold, nobody else leaving.
    """

    agreement: str
    clause: str
    d: int
    early_until: date | None = None
    free_until: date | None = None
    tips_on: date | None = None


@dataclass(frozen=True, slots=True)
class OpenStay:
    """An open ready period, and its payer's whole month if this patient alone leaves today, or tomorrow."""

    payer: str
    episode: str
    period: int
    clauses: tuple[ClauseDates, ...]
    today: PayerMonth
    tomorrow: PayerMonth


def open_stays(known: Facts, month: Month, book: Rulebook) -> tuple[OpenStay, ...]:
    """Return the region's open ready periods, by payer, episode and period; one evaluation answers for all of them.

    Raises:
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    periods = known.periods.with_columns(began=pl.max_horizontal("ready_on", "sent_on")).with_row_index("place")
    waiting = periods.filter(pl.col("end_kind").is_null()).sort("payer_left", "episode", "period")
    if waiting.is_empty():
        return ()
    outcomes = _outcomes(periods, waiting, known.region, month, book)
    found = evaluate(known.periods, (month,), book)
    means: dict[tuple[str, Clause], MeanStanding] = {}
    stays = []
    for number, row in enumerate(waiting.iter_rows(named=True)):
        payer = row["payer_left"]
        clauses = tuple(_covering(row, known.region, month, book))
        for clause in clauses:
            if clause.gate.threshold is not None and (payer, clause) not in means:
                value = found.gates.result(known.region, payer, month, clause)
                means[payer, clause] = mean_standing(value, found.gates.threshold(known.region, clause))
        own = waiting.slice(number, 1)
        dates = tuple(_dates(own, clause, means.get((payer, clause)), book.today) for clause in clauses)
        today, tomorrow = (outcomes.get((payer, 2 * number + later), NOTHING) for later in (0, 1))
        stays.append(OpenStay(payer, row["episode"], row["period"], dates, today, tomorrow))
    return tuple(stays)


def _covering(row: Mapping[str, object], region: str, month: Month, book: Rulebook) -> Iterator[Clause]:
    """Yield the clauses that a period will be computed by: over a population the month's, else those it began under."""
    payer, care, age, began = (row[name] for name in ("payer_began", "care", "age", "began"))
    if not (isinstance(payer, str) and isinstance(care, str) and isinstance(began, date)):
        return
    years = age if isinstance(age, int) else None
    own = [clause for clause in book.terms(region, began, payer).clauses if clause.covers(care, years)]
    keys = {(agreement_of(clause), clause.id) for clause in own}
    for clause in book.terms(region, month.first, payer).clauses:
        over_population = clause.gate.kind in POPULATION_GATES
        if over_population and clause.covers(care, years) and (agreement_of(clause), clause.id) in keys:
            yield clause
    yield from (clause for clause in own if clause.gate.kind not in POPULATION_GATES)


def _dates(own: pl.DataFrame, clause: Clause, mean: MeanStanding | None, today: date) -> ClauseDates:
    cutoff = clause.gate.cutoff if clause.gate.kind in POPULATION_GATES else clause.cutoff
    zero = _date(own, day0(cutoff))
    first = charged_from(clause)
    within = clause.gate.within_days
    individual = clause.charge.kind is ChargeKind.INDIVIDUAL and first is not None
    return ClauseDates(
        agreement=agreement_of(clause),
        clause=clause.id,
        d=max(0, (today - zero).days),
        early_until=zero + timedelta(days=within) if within is not None else None,
        free_until=_date(own, first) if individual and first is not None else None,
        tips_on=zero + timedelta(days=tipping_days(mean)) if mean is not None else None,
    )


def _date(own: pl.DataFrame, number: pl.Expr) -> date:
    found: date = own.select(number.cast(pl.Date)).item()
    return found


def _outcomes(
    periods: pl.DataFrame, waiting: pl.DataFrame, region: str, month: Month, book: Rulebook
) -> dict[tuple[str, int], PayerMonth]:
    """Evaluate a copy of the payer's month for each patient who leaves today (even number) or tomorrow (odd)."""
    held = touching(periods, month, book)
    copies = []
    for number, (place, payer) in enumerate(waiting.select("place", "payer_left").iter_rows()):
        of_payer = held.filter((pl.col("payer_left") == payer) | (pl.col("payer") == payer))
        leaves = pl.col("place") == place
        for later in (0, 1):
            left_on = pl.when(leaves).then(pl.lit(book.today + later * ONE_DAY)).otherwise(pl.col("left_on"))
            kind = pl.when(leaves).then(pl.lit(EndKind.DISCHARGED.value)).otherwise(pl.col("end_kind"))
            path = pl.lit(2 * number + later, dtype=pl.Int32)
            copies.append(of_payer.with_columns(left_on.alias("left_on"), kind.alias("end_kind"), path.alias("path")))
    own = copied(pl.concat(copies))
    table = pl.concat([periods, own]).drop("place", "began")
    many = decided(book, len(copies))
    found = evaluate(table, (month,), many)
    told = payer_months(found, (month,), region=region, book=many)
    outcomes: dict[tuple[str, int], PayerMonth] = {}
    for (payer, _), one in told.items():
        own_payer, copy = of_path(payer)
        if copy is not None:
            outcomes[own_payer, copy] = one
    return outcomes


def difference(stay: OpenStay) -> tuple[Fraction, int | None]:
    """Return what leaving tomorrow instead of today adds to the payer's month: care days and öre."""
    if stay.today.amount is None or stay.tomorrow.amount is None:
        return stay.tomorrow.care_days - stay.today.care_days, None
    return stay.tomorrow.care_days - stay.today.care_days, stay.tomorrow.amount - stay.today.amount
