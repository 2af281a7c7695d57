"""One month under two agreements on the same rows, the difference split by definition in a fixed order (4.2).

The clauses of the two are paired first; the terms of one then become those of the other, one definition at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

import polars as pl

from agreements.diff import clause_keys, said, values_of
from agreements.fields import STATUTE
from agreements.model import Clause, Terms
from agreements.registry import Agreements
from hemgang.liability.evaluation import Evaluation, evaluate
from hemgang.liability.model import Month
from hemgang.liability.periods import Facts
from hemgang.liability.rulebook import Rulebook, agreement_of
from hemgang.outlook.scenarios import (
    ACTUAL,
    OutlookRefused,
    PayerMonth,
    Scenario,
    amount_difference,
    as_if,
    charged_days,
    nearest_day,
    of_terms,
    payer_months,
    ruled_by,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clauses that answer to each other; None where one side has none."""

    first: Clause | None
    second: Clause | None


def pairs_of(first: tuple[Clause, ...], second: tuple[Clause, ...]) -> list[Pair]:
    """Pair the clauses: the same clause in another version, else of the same kinds, the same charge, the next one.

    In the order of the second, then what only the first has. Each clause is in one pair.
    """
    left, partner = list(range(len(first))), dict[int, int]()
    for alike in _LIKENESS:
        for place, clause in enumerate(second):
            if place in partner:
                continue
            found = next((one for one in left if alike(first[one], clause)), None)
            if found is not None:
                partner[place] = found
                left.remove(found)
    return list(_in_order(first, second, partner, left))


def _in_order(
    first: tuple[Clause, ...], second: tuple[Clause, ...], partner: dict[int, int], left: list[int]
) -> Iterator[Pair]:
    for place, clause in enumerate(second):
        yield Pair(first[partner[place]] if place in partner else None, clause)
    for place in left:
        yield Pair(first[place], None)


def _same_clause(own: Clause, other: Clause) -> bool:
    return (agreement_of(own), own.id, own.care, own.ages) == (agreement_of(other), other.id, other.care, other.ages)


def _same_id(own: Clause, other: Clause) -> bool:
    return (agreement_of(own), own.id) == (agreement_of(other), other.id)


def _same_kinds(own: Clause, other: Clause) -> bool:
    return (own.gate.kind, own.charge.kind) == (other.gate.kind, other.charge.kind)


def _same_charge(own: Clause, other: Clause) -> bool:
    return own.charge.kind is other.charge.kind


_LIKENESS: tuple[Callable[[Clause, Clause], bool], ...] = (
    _same_clause,
    _same_id,
    _same_kinds,
    _same_charge,
    lambda own, other: True,
)


class Definition(StrEnum):
    """What may be defined differently, in the order in which it is changed."""

    IN_FORCE = "in_force"
    DAY_0 = "day_0"
    FREE_DAYS = "free_days"
    POPULATION = "population"
    GATE = "gate"
    CHARGE = "charge"
    COUNTED = "counted"
    KIND = "kind"
    CLAUSES = "clauses"
    PATIENT = "patient_conditions"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that is not the same, in words, such as `statute.cutoff`; `none` where one side does not have it."""

    key: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Change:
    """One definition changed: what it was and became, and the terms after it."""

    definition: Definition
    differences: tuple[Difference, ...]
    terms: Terms


Turn = Callable[[Clause, Clause], Clause]


def changes(first: Terms, second: Terms) -> Iterator[Change]:
    """Yield each definition that is not the same, the first terms turned step by step into the second.

    After the last change the clauses, the conditions on the single patient and the amount are those of the second.
    """
    pairs = pairs_of(first.clauses, second.clauses)
    terms = first
    for definition, turn in _TURNS:
        turned = [_turned(pair, turn) for pair in pairs]
        differences = tuple(one for old, new in zip(pairs, turned, strict=True) for one in _between(old, new))
        pairs = turned
        if differences:
            terms = replace(terms, clauses=tuple(pair.first for pair in pairs if pair.first is not None))
            yield Change(definition, differences, terms)
    terms = replace(terms, clauses=second.clauses)
    if missing := tuple(_of_one_side(pairs)):
        yield Change(Definition.CLAUSES, missing, terms)
    yield from _beside_clauses(terms, second)


def _beside_clauses(terms: Terms, second: Terms) -> Iterator[Change]:
    patient = replace(
        terms,
        gates=second.gates,
        sip_call_within_days=second.sip_call_within_days,
        admission_notice_within_hours=second.admission_notice_within_hours,
    )
    if differences := tuple(_values(terms, patient)):
        yield Change(Definition.PATIENT, differences, patient)
    amount = replace(patient, amount_kr=second.amount_kr)
    if differences := tuple(_values(patient, amount)):
        yield Change(Definition.AMOUNT, differences, amount)


def _turned(pair: Pair, turn: Turn) -> Pair:
    if pair.first is None or pair.second is None:
        return pair
    return Pair(turn(pair.first, pair.second), pair.second)


def _day_0(own: Clause, other: Clause) -> Clause:
    moved = replace(own, cutoff=other.cutoff)
    if own.gate.population is None or other.gate.population is None:
        return moved
    return replace(moved, gate=replace(own.gate, cutoff=other.gate.cutoff))


def _free_days(own: Clause, other: Clause) -> Clause:
    if not _same_charge(own, other):
        return own
    free, unit = other.charge.free_care_days, other.charge.unit
    return replace(own, charge=replace(own.charge, free_care_days=free, unit=unit))


def _population(own: Clause, other: Clause) -> Clause:
    if own.gate.population is None or other.gate.population is None:
        return own
    return replace(own, gate=replace(own.gate, population=other.gate.population))


def _gate(own: Clause, other: Clause) -> Clause:
    return replace(own, gate=other.gate) if _same_charge(own, other) else own


def _charge(own: Clause, other: Clause) -> Clause:
    return replace(own, charge=other.charge) if _same_charge(own, other) else own


def _counted(own: Clause, other: Clause) -> Clause:
    return replace(
        own,
        care=other.care,
        ages=other.ages,
        ends_counted=other.ends_counted,
        open_counted=other.open_counted,
        attribution=other.attribution,
    )


def _kind(own: Clause, other: Clause) -> Clause:
    return replace(own, gate=other.gate, charge=other.charge)


_TURNS: tuple[tuple[Definition, Turn], ...] = (
    (Definition.DAY_0, _day_0),
    (Definition.FREE_DAYS, _free_days),
    (Definition.POPULATION, _population),
    (Definition.GATE, _gate),
    (Definition.CHARGE, _charge),
    (Definition.COUNTED, _counted),
    (Definition.KIND, _kind),
)


def _between(old: Pair, new: Pair) -> Iterator[Difference]:
    if old.first is None or new.first is None or old.first == new.first:
        return
    before, after = dict(clause_keys(old.first)), dict(clause_keys(new.first))
    for key in {**before, **after}:
        words = before.get(key, "none"), after.get(key, "none")
        if words[0] != words[1]:
            yield Difference(f"{old.first.id}.{key}", *words)


def _of_one_side(pairs: Sequence[Pair]) -> Iterator[Difference]:
    for pair in pairs:
        if pair.second is None and pair.first is not None:
            yield Difference(pair.first.id, _in_short(pair.first), "none")
        elif pair.first is None and pair.second is not None:
            yield Difference(pair.second.id, "none", _in_short(pair.second))


def _in_short(clause: Clause) -> str:
    return f"{clause.gate.kind.value} x {clause.charge.kind.value}"


def _values(first: Terms, second: Terms) -> Iterator[Difference]:
    before, after = (dict(values_of(terms)) for terms in (first, second))
    for key in {**before, **after}:
        own, other = before.get(key), after.get(key)
        words = said(own.value) if own else "none", said(other.value) if other else "none"
        if words[0] != words[1]:
            yield Difference(key, *words)


NOTHING = PayerMonth()


@dataclass(frozen=True, slots=True)
class StepEffect:
    """A difference in care days, exact, and öre; None where an amount a care day is not known."""

    care_days: Fraction
    amount: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One definition changed: in what, and what it does to each payer of whom it changes anything."""

    definition: Definition
    differences: tuple[Difference, ...]
    effects: Mapping[str, StepEffect]


@dataclass(frozen=True, slots=True)
class EpisodeDays:
    """A ready period whose charged dates differ: those charged only under the first world, and only under the second.

    A date that another payer, or another month, has under the second counts on both sides.
    """

    payer: str
    episode: str
    period: int
    only_first: tuple[date, ...]
    only_second: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A month under two worlds, by payer; the effects of the steps add up to the difference, exactly.

    `nobody_ready`: nobody was ready in the month under either of them.
    """

    region: str
    month: Month
    first: Scenario
    second: Scenario
    payers: Mapping[str, tuple[PayerMonth, PayerMonth]]
    steps: tuple[Step, ...]
    episodes: tuple[EpisodeDays, ...]
    nobody_ready: bool


@dataclass(frozen=True, slots=True)
class _Stage:
    definition: Definition
    differences: tuple[Difference, ...]
    agreements: Agreements


def what_if(known: Facts, month: Month, *, first: Scenario, second: Scenario, book: Rulebook) -> WhatIf:
    """Hold a month under one world against the same month under another; `book` gives everything else.

    Raises:
        OutlookRefused: the two are the same.
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    if first.label == second.label:
        raise OutlookRefused(f"the two agreements are the same, {first.label}: there is no difference to explain")
    before, after = (_evaluated(known, month, world.agreements, book) for world in (first, second))
    ends = [_payers(one, known, month, world.agreements, book) for one, world in ((before, first), (after, second))]
    payers = {payer: both_months(ends, payer) for payer in sorted({*ends[0], *ends[1]})}
    return WhatIf(
        region=known.region,
        month=month,
        first=first,
        second=second,
        payers=payers,
        steps=tuple(_steps(known, month, first, second, ends, book=book)),
        episodes=tuple(_episode_days(before, after, month)),
        nobody_ready=not payers,
    )


def both_months(ends: list[dict[str, PayerMonth]], payer: str) -> tuple[PayerMonth, PayerMonth]:
    """Return what a payer has under the first and the second world."""
    return ends[0].get(payer, NOTHING), ends[1].get(payer, NOTHING)


def _steps(
    known: Facts, month: Month, first: Scenario, second: Scenario, ends: list[dict[str, PayerMonth]], *, book: Rulebook
) -> Iterator[Step]:
    before = ends[0]
    stages = list(_stages(known.region, month, first, second))
    for stage in stages:
        found = _evaluated(known, month, stage.agreements, book)
        after = _payers(found, known, month, stage.agreements, book)
        yield Step(stage.definition, stage.differences, _effects(before, after))
        before = after
    # What the definitions leave over: the payers of other regions, and periods that other rules were in force for.
    if rest := _effects(before, ends[1]):
        words = Difference("in force", first.label, second.label)
        yield Step(Definition.IN_FORCE, (words,), rest)


def _stages(region: str, month: Month, first: Scenario, second: Scenario) -> Iterator[_Stage]:
    """Yield the worlds between two; what really governs is first made to hold as if it always had."""
    start = _always(first, region, month)
    if start is not first:
        words = Difference("in force", first.label, f"{start.label}, at all times")
        yield _Stage(Definition.IN_FORCE, (words,), start.agreements)
    goal = _always(second, region, month)
    statute = start.agreements.dated[STATUTE]
    terms = [world.agreements.terms(region, month.first) for world in (start, goal)]
    for change in changes(*terms):
        yield _Stage(change.definition, change.differences, of_terms(change.terms, region=region, statute=statute))


def _always(world: Scenario, region: str, month: Month) -> Scenario:
    if world.name != ACTUAL:
        return world
    governing = world.agreements.governing(region, month.first)
    on = nearest_day(governing, month.first)
    return Scenario(governing.name, on, as_if(world.agreements, governing.name, on=on, region=region))


def _evaluated(known: Facts, month: Month, agreements: Agreements, book: Rulebook) -> Evaluation:
    return evaluate(known.periods, (month,), ruled_by(book, agreements))


def _payers(
    found: Evaluation, known: Facts, month: Month, agreements: Agreements, book: Rulebook
) -> dict[str, PayerMonth]:
    told = payer_months(found, (month,), region=known.region, book=ruled_by(book, agreements))
    return {payer: of_month for (payer, _), of_month in told.items()}


def _effects(before: Mapping[str, PayerMonth], after: Mapping[str, PayerMonth]) -> dict[str, StepEffect]:
    found = {}
    for payer in sorted({*before, *after}):
        own, other = before.get(payer, NOTHING), after.get(payer, NOTHING)
        effect = StepEffect(other.care_days - own.care_days, amount_difference(other.amount, own.amount))
        if effect.care_days or effect.amount != 0:
            found[payer] = effect
    return found


def _episode_days(before: Evaluation, after: Evaluation, month: Month) -> Iterator[EpisodeDays]:
    own, other = (
        charged_days(found).filter(pl.col("month") == month.first).select("payer", "episode", "period", "date")
        for found in (before, after)
    )
    sides = [
        side.join(counter, on=side.columns, how="anti").with_columns(second=pl.lit(number))
        for number, (side, counter) in enumerate(((own, other), (other, own)))
    ]
    dates: dict[tuple[str, str, int], tuple[list[date], list[date]]] = {}
    for payer, episode, period, day, second in pl.concat(sides).sort("date").iter_rows():
        dates.setdefault((payer, episode, period), ([], []))[second].append(day)
    for (payer, episode, period), (only_first, only_second) in sorted(dates.items()):
        yield EpisodeDays(payer, episode, period, tuple(only_first), tuple(only_second))
