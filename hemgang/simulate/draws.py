"""Draws of a seeded chance; the only randomness of the simulation."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

Chance = random.Random


def chance_of(*parts: object) -> Chance:
    """Return a chance of its own for what `parts` name: the same parts give the same draws in every run."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 (a simulation keeps no secret)


def pick(chance: Chance, table: Sequence[tuple[T, float]]) -> T:
    """Return one of the values, by their probabilities; the last one takes what rounding leaves."""
    left = chance.random()
    for value, share in table:
        left -= share
        if left < 0:
            return value
    return table[-1][0]


def weighted(chance: Chance, items: Sequence[T], weights: Sequence[float]) -> T:
    """Return one of the items by their weights."""
    return chance.choices(items, weights)[0]


def poisson(chance: Chance, mean: float) -> int:
    """Return how many come where `mean` come on average, each by itself."""
    if mean > _MANY:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count += 1
        left += chance.expovariate(1)
    return count


_MANY = 50
