"""One month under two agreements on the same rows, the difference told definition by definition (specification 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import polars as pl

from agreements.names import STATUTE
from agreements.register import Agreements
from hemgang.liability.evaluation import Evaluation, evaluate
from hemgang.liability.facts import Facts
from hemgang.liability.month import Month
from hemgang.liability.rulebook import Rulebook
from hemgang.outlook.definitions import Definition, Difference, changes
from hemgang.outlook.errors import OutlookRefused
from hemgang.outlook.imagined import ACTUAL, World, as_if, nearest_day, of_terms, ruled_by
from hemgang.outlook.payer_months import PayerMonth, charged_days, less, payer_months

NOTHING = PayerMonth()


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference in care days, exact, and öre; None where an amount a care day is not known."""

    care_days: Fraction
    amount: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One definition changed: in what, and what it does to each payer of whom it changes anything."""

    definition: Definition
    differences: tuple[Difference, ...]
    effects: Mapping[str, Effect]


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
    """A month under two worlds, by payer; the effects of the steps add up to the difference, exactly."""

    region: str
    month: Month
    first: World
    second: World
    payers: Mapping[str, tuple[PayerMonth, PayerMonth]]
    steps: tuple[Step, ...]
    episodes: tuple[EpisodeDays, ...]


@dataclass(frozen=True, slots=True)
class _Stage:
    definition: Definition
    differences: tuple[Difference, ...]
    agreements: Agreements


def what_if(known: Facts, month: Month, *, first: World, second: World, book: Rulebook) -> WhatIf:
    """Hold a month under one world against the same month under another; `book` gives everything else.

    Raises:
        OutlookRefused: the two are the same.
        ThresholdUnknown: a threshold is a county mean, and nobody was discharged in its month.
    """
    if first.label == second.label:
        raise OutlookRefused(f"the two agreements are the same, {first.label}: there is no difference to explain")
    before, after = (_evaluated(known, month, world.agreements, book) for world in (first, second))
    ends = [_payers(one, known, month, world.agreements, book) for one, world in ((before, first), (after, second))]
    payers = {payer: tuple_of(ends, payer) for payer in sorted({*ends[0], *ends[1]})}
    return WhatIf(
        region=known.region,
        month=month,
        first=first,
        second=second,
        payers=payers,
        steps=tuple(_steps(known, month, first, second, ends, book=book)),
        episodes=tuple(_episode_days(before, after, month)),
    )


def tuple_of(ends: list[dict[str, PayerMonth]], payer: str) -> tuple[PayerMonth, PayerMonth]:
    """Return what a payer has under the first and the second world."""
    return ends[0].get(payer, NOTHING), ends[1].get(payer, NOTHING)


def _steps(
    known: Facts, month: Month, first: World, second: World, ends: list[dict[str, PayerMonth]], *, book: Rulebook
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


def _stages(region: str, month: Month, first: World, second: World) -> Iterator[_Stage]:
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


def _always(world: World, region: str, month: Month) -> World:
    if world.name != ACTUAL:
        return world
    governing = world.agreements.governing(region, month.first)
    on = nearest_day(governing, month.first)
    return World(governing.name, on, as_if(world.agreements, governing.name, on=on, region=region))


def _evaluated(known: Facts, month: Month, agreements: Agreements, book: Rulebook) -> Evaluation:
    return evaluate(known.periods, (month,), ruled_by(book, agreements))


def _payers(
    found: Evaluation, known: Facts, month: Month, agreements: Agreements, book: Rulebook
) -> dict[str, PayerMonth]:
    told = payer_months(found, (month,), region=known.region, book=ruled_by(book, agreements))
    return {payer: of_month for (payer, _), of_month in told.items()}


def _effects(before: Mapping[str, PayerMonth], after: Mapping[str, PayerMonth]) -> dict[str, Effect]:
    found = {}
    for payer in sorted({*before, *after}):
        own, other = before.get(payer, NOTHING), after.get(payer, NOTHING)
        effect = Effect(other.care_days - own.care_days, less(other.amount, own.amount))
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
