"""Which clause of one agreement answers to which of another, so that they can be held against each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agreements.clause import Clause
from hemgang.liability.rulebook import agreement_of


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
