"""The whole country: every county at once, each with its part of the stays, in one stream (`hemgang simulate all`).

The sizes are populations in thousands, rounded, as they were about 2023; they are weights here and no statistics.
"""

from collections.abc import Mapping
from types import MappingProxyType

COUNTRY = "all"

POPULATION: Mapping[str, int] = MappingProxyType(
    {
        "01": 2455,
        "03": 405,
        "04": 302,
        "05": 472,
        "06": 369,
        "07": 204,
        "08": 247,
        "09": 61,
        "10": 158,
        "12": 1422,
        "13": 343,
        "14": 1767,
        "17": 283,
        "18": 308,
        "19": 281,
        "20": 288,
        "21": 286,
        "22": 241,
        "23": 132,
        "24": 279,
        "25": 248,
    }
)


def shares(discharges: int) -> dict[str, int]:
    """Return how many of the discharges fall to each county; together exactly `discharges`."""
    total, before = sum(POPULATION.values()), 0
    found: dict[str, int] = {}
    for region, size in POPULATION.items():
        found[region] = (before + size) * discharges // total - before * discharges // total
        before += size
    return found
