"""How many examples a property gets: few in the suite, many with `make properties`."""

from hypothesis import settings

SUITE = "suite"
PROFILES = {SUITE: 50, "thorough": 2_000}
"""Examples of a property that asks for no number of its own; those that do ask get as much fewer or more."""

for _name, _count in PROFILES.items():
    settings.register_profile(_name, max_examples=_count)


def examples(of_hundred: int) -> int:
    """Return how many examples to try of a property that would get `of_hundred` where others get a hundred."""
    return max(5, of_hundred * settings().max_examples // 100)
