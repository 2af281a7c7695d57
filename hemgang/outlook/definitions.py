"""From one agreement's terms to another's, one definition at a time, in a fixed order (specification 4.2)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agreements.clause import Clause
from agreements.model import Terms
from agreements.wording import clause_keys, said, values_of
from hemgang.outlook.pairs import Pair, pairs_of


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


def _same_charge(own: Clause, other: Clause) -> bool:
    return own.charge.kind is other.charge.kind


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
