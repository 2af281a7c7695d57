"""The distance of a region's payers to their thresholds in a running month, with what decides it (specification 4.1).

Exact: discharges for a share, days for a mean. For each patient still in: until when leaving is free, and the outcome
of leaving today or tomorrow. The cost of failing is the month as if failed against the month as if exempt, on the same
rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from math import ceil, floor

import polars as pl

from agreements.model import ChargeKind, Clause, GateKind, Threshold
from hemgang.episode.model import EndKind
from hemgang.i18n.catalogue import text, text_of_data
from hemgang.i18n.language import Language
from hemgang.liability.columns import charged_from, day0
from hemgang.liability.day_ledger import kronor
from hemgang.liability.evaluation import Evaluation, evaluate
from hemgang.liability.model import GateValue, Month
from hemgang.liability.periods import Facts
from hemgang.liability.rulebook import POPULATION_GATES, ClauseKey, Rulebook, agreement_of, clause_key
from hemgang.outlook.forecast import copied, decided, of_path, touching
from hemgang.outlook.scenarios import PayerMonth, amount_difference, payer_months, ruled_by, with_clauses


@dataclass(frozen=True, slots=True)
class ShareStatus:
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
class MeanStatus:
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


def share_status(value: GateValue, least: Fraction) -> ShareStatus:
    """Return where a share stands; `least` is the share from which the payer is exempt.

    Nobody discharged is exempt, and then one late discharge is one too many unless nothing is asked.

    >>> share_status(GateValue(False, population=30, counted=20), Fraction(3, 4)).needed
    10
    """
    early, all_ = value.counted, value.population
    needed: int | None = 0
    bearable: int | None = 0
    if not value.exempt:
        needed = None if least >= 1 else ceil((least * all_ - early) / (1 - least))
    else:
        bearable = None if least <= 0 else floor(early / least) - all_
    return ShareStatus(value.exempt, early, all_, value.value, least, needed, bearable)


def mean_status(value: GateValue, threshold: Fraction) -> MeanStatus:
    """Return where a mean stands; exactly at the threshold is not above it.

    >>> mean_status(GateValue(True, population=4, days=5), Fraction(2)).room
    Fraction(3, 1)
    """
    room = threshold * value.population - value.days
    return MeanStatus(value.exempt, value.days, value.population, value.value, threshold, room, value.before)


def tipping_days(standing: MeanStatus) -> int:
    """Return the least d with which one more discharge puts the mean above the threshold; 0 where any does.

    >>> tipping_days(MeanStatus(True, 5, 4, Fraction(5, 4), Fraction(2), Fraction(3)))
    6
    """
    return max(0, floor(standing.room + standing.threshold) + 1)


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
    means: dict[tuple[str, Clause], MeanStatus] = {}
    stays = []
    for number, row in enumerate(waiting.iter_rows(named=True)):
        payer = row["payer_left"]
        clauses = tuple(_covering(row, known.region, month, book))
        for clause in clauses:
            if clause.gate.threshold is not None and (payer, clause) not in means:
                value = found.gates.result(known.region, payer, month, clause)
                means[payer, clause] = mean_status(value, found.gates.threshold(known.region, clause))
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


def _dates(own: pl.DataFrame, clause: Clause, mean: MeanStatus | None, today: date) -> ClauseDates:
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


_NEVER_EXEMPT, _ALWAYS_EXEMPT = Fraction(2), Fraction(0)
"""Shares asked for: no month has the one, every month has the other."""
_ALWAYS_ABOVE, _NEVER_ABOVE = Fraction(-1), Fraction(1_000_000)
"""Means, in days: every month lies above the one, no month above the other."""


@dataclass(frozen=True, slots=True)
class Failing:
    """What a payer pays more where the gate of a clause is failed than where it exempts, with what is known now.

    For a mean that charges its excess there is no such step: each day above the threshold costs one care day, so
    `care_days` and `amount` are those of the excess now.
    """

    payer: str
    clause: ClauseKey
    care_days: Fraction
    amount: int | None


def failing(known: Facts, month: Month, book: Rulebook) -> tuple[Failing, ...]:
    """Return the cost of failing each clause of the month with a monthly gate, for each payer it holds for."""
    payers = sorted(set(known.periods.get_column("payer")) | set(known.periods.get_column("payer_left")))
    terms = {payer: book.terms(known.region, month.first, payer) for payer in payers}
    gated = {payer: [clause for clause in one.clauses if clause.gate.monthly] for payer, one in terms.items()}
    found: list[Failing] = []
    for key in sorted({clause_key(clause) for clauses in gated.values() for clause in clauses}):
        failed = _payers(known, month, book, key, exempt=False)
        exempt = _payers(known, month, book, key, exempt=True)
        for payer in payers:
            if any(clause_key(clause) == key for clause in gated[payer]):
                own, other = failed.get(payer, NOTHING), exempt.get(payer, NOTHING)
                cost = amount_difference(own.amount, other.amount)
                found.append(Failing(payer, key, own.care_days - other.care_days, cost))
    return tuple(found)


def _forced(clause: Clause, *, key: ClauseKey, exempt: bool) -> Clause:
    """Return the clause with a gate that nobody, or everybody, passes; others as they are."""
    if clause_key(clause) != key:
        return clause
    match clause.gate.kind:
        case GateKind.SHARE_BELOW:
            least = _ALWAYS_EXEMPT if exempt else _NEVER_EXEMPT
            return replace(clause, gate=replace(clause.gate, min_share=least))
        case GateKind.MEAN_ABOVE | GateKind.CONSECUTIVE_MEAN_ABOVE:
            if clause.charge.kind is ChargeKind.MEAN_EXCESS and not exempt:
                return clause
            mean = Threshold(value=_NEVER_ABOVE if exempt else _ALWAYS_ABOVE)
            return replace(clause, gate=replace(clause.gate, threshold=mean, months=1))
        case GateKind.JOINT_DECISION:
            kind = ChargeKind.NONE if exempt else clause.charge.kind
            gate = replace(clause.gate, kind=GateKind.ALWAYS)
            return replace(clause, gate=gate, charge=replace(clause.charge, kind=kind))
        case GateKind.ALWAYS:
            return clause


def _payers(known: Facts, month: Month, book: Rulebook, key: ClauseKey, *, exempt: bool) -> dict[str, PayerMonth]:
    agreements = with_clauses(book.agreements, partial(_forced, key=key, exempt=exempt))
    forced = ruled_by(book, agreements)
    told = payer_months(evaluate(known.periods, (month,), forced), (month,), region=known.region, book=forced)
    return {payer: of_month for (payer, _), of_month in told.items()}


@dataclass(frozen=True, slots=True)
class ClauseStatus:
    """A clause that asks something of a payer's month, where it stands, and what failing it costs with what is known.

    `standing` is None for a gate that waits for a joint decision.
    """

    clause: Clause
    exempt: bool
    standing: ShareStatus | MeanStatus | None
    failing: Failing


@dataclass(frozen=True, slots=True)
class PayerStatus:
    """A payer in the month as it stands: care days and öre so far, its clauses, and its patients who are ready now."""

    payer: str
    name: str | None
    so_far: PayerMonth
    clauses: tuple[ClauseStatus, ...]
    stays: tuple[OpenStay, ...]


@dataclass(frozen=True, slots=True)
class ThresholdReport:
    """Every payer of a region in a month, as it stands on a date; `nobody_ready`: there is no payer in it at all."""

    region: str
    month: Month
    today: date
    payers: tuple[PayerStatus, ...]
    nobody_ready: bool


def threshold_report(known: Facts, book: Rulebook) -> ThresholdReport:
    """Return where each payer with a ready period in the month of `book.now` stands; amounts may be unknown.

    Raises:
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    month = Month.of(book.today)
    found = evaluate(known.periods, (month,), book)
    told = payer_months(found, (month,), region=known.region, book=book)
    so_far = {payer: of_month for (payer, _), of_month in told.items()}
    stays = open_stays(known, month, book)
    costs = failing(known, month, book)
    payers = sorted({*so_far, *(stay.payer for stay in stays)})
    return ThresholdReport(
        region=known.region,
        month=month,
        today=book.today,
        payers=tuple(
            PayerStatus(
                payer=payer,
                name=book.name_of(payer),
                so_far=so_far.get(payer, NOTHING),
                clauses=tuple(_clauses(payer, found, known.region, month, costs, book=book)),
                stays=tuple(stay for stay in stays if stay.payer == payer),
            )
            for payer in payers
        ),
        nobody_ready=not payers,
    )


def _clauses(
    payer: str,
    found: Evaluation,
    region: str,
    month: Month,
    costs: Sequence[Failing],
    *,
    book: Rulebook,
) -> Iterator[ClauseStatus]:
    for clause in book.terms(region, month.first, payer).clauses:
        if not clause.gate.monthly:
            continue
        value = found.gates.result(region, payer, month, clause)
        standing: ShareStatus | MeanStatus | None = None
        if clause.gate.kind is GateKind.SHARE_BELOW and clause.gate.min_share is not None:
            standing = share_status(value, clause.gate.min_share)
        elif clause.gate.threshold is not None:
            standing = mean_status(value, found.gates.threshold(region, clause))
        key = (agreement_of(clause), clause.id)
        cost = next(one for one in costs if (one.payer, one.clause) == (payer, key))
        yield ClauseStatus(clause, value.exempt, standing, cost)


def sentences(one: PayerStatus, today: date, language: Language) -> Iterator[str]:
    """Yield what is to be said of a payer: each clause's standing, which patients decide it, what failing costs."""
    for clause in one.clauses:
        names = {"name": one.name or one.payer, "clause": text_of_data(language, clause.clause.name)}
        decisive = deciding(one.stays, clause, today)
        key, values = _standing(clause, can_leave=bool(decisive))
        yield text(language, f"threshold.{key}", **names, **values)
        if decisive and isinstance(clause.standing, ShareStatus):
            yield text(language, "threshold.decides", episodes=", ".join(stay.episode for stay in decisive))
        yield from _cost(clause, language)


def deciding(stays: tuple[OpenStay, ...], clause: ClauseStatus, today: date) -> tuple[OpenStay, ...]:
    """Return the patients still in who count as early under the clause if they leave today or later."""
    return tuple(stay for stay in stays if any(_early(dates, clause, today) for dates in stay.clauses))


def _early(dates: ClauseDates, clause: ClauseStatus, today: date) -> bool:
    same = (dates.agreement, dates.clause) == clause.failing.clause
    return same and dates.early_until is not None and dates.early_until >= today


def _standing(clause: ClauseStatus, *, can_leave: bool) -> tuple[str, dict[str, object]]:
    match clause.standing:
        case None:
            return ("waits" if clause.exempt else "decided"), {}
        case ShareStatus():
            return _share(clause.standing, can_leave=can_leave)
        case MeanStatus():
            return _mean(clause.standing)


def _share(one: ShareStatus, *, can_leave: bool) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {"early": one.early, "all": one.population, "threshold": one.threshold}
    if not one.exempt:
        if one.needed is None:
            return "never", values
        if one.needed == 1 and can_leave:
            return "one", values
        return "needs", values | {"needed": one.needed}
    if one.population == 0:
        return "nobody", {}
    if one.bearable is None:
        return "free", values
    return ("bears" if one.bearable else "edge"), values | {"bearable": one.bearable}


def _mean(one: MeanStatus) -> tuple[str, dict[str, object]]:
    if one.mean is None:
        return "nobody", {}
    values = {"days": one.days, "all": one.population, "mean": one.mean, "threshold": one.threshold}
    if one.room >= 0:
        return "below", values | {"count": one.room}
    return ("excused" if one.exempt else "above"), values | {"count": -one.room}


def _cost(clause: ClauseStatus, language: Language) -> Iterator[str]:
    cost = clause.failing
    if cost.amount is None:
        yield text(language, "threshold.unpriced", count=cost.care_days)
    elif cost.care_days:
        yield text(language, "threshold.cost", amount=kronor(cost.amount), count=cost.care_days)
