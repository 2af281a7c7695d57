"""Fills what an agreement leaves open: the statute's clauses for the care and ages that it has no clause for (4.1)."""

from collections.abc import Iterator
from dataclasses import replace

from agreements.clause import Ages, Clause
from agreements.names import CARE_KINDS


def filled(chosen: tuple[Clause, ...], statute: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the statute's clauses, each narrowed to the care kinds and ages that no chosen clause is for.

    A narrowed clause keeps its id and its citations, so that it still says that the statute is behind it.
    """
    return tuple(piece for clause in statute for piece in _pieces(clause, chosen))


def _pieces(clause: Clause, chosen: tuple[Clause, ...]) -> Iterator[Clause]:
    """One clause for each range of ages, with the care kinds whose same range is left open."""
    covered = tuple(care for care in CARE_KINDS if clause.covers(care, clause.ages.first))
    open_for: dict[Ages, tuple[str, ...]] = {}
    for care in covered:
        for ages in _open(clause.ages, tuple(one.ages for one in chosen if not one.care or care in one.care)):
            open_for[ages] = (*open_for.get(ages, ()), care)
    for ages, care_kinds in open_for.items():
        if ages == clause.ages and care_kinds == covered:
            yield clause
        else:
            yield replace(clause, care=care_kinds, ages=ages)


def _open(whole: Ages, taken: tuple[Ages, ...]) -> Iterator[Ages]:
    """The ranges of ages of the whole that none of the taken ones holds, the youngest first."""
    first = whole.first
    for one in sorted(taken, key=lambda ages: ages.first):
        if whole.last is not None and one.first > whole.last:
            break
        if one.first > first:
            yield Ages(first, one.first - 1)
        if one.last is None:
            return
        first = max(first, one.last + 1)
    if whole.last is None or first <= whole.last:
        yield Ages(first, whole.last)
