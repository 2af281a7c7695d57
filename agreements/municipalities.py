"""Sweden's 290 municipalities with county and region, by SCB's four-digit code (`municipalities.csv`)."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from agreements.toml_text import SHIPPED

CSV_FILE = "municipalities.csv"


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality (kommun): SCB's four-digit code, name, the county's two-digit code, region's name."""

    code: str
    name: str
    county: str
    region: str


@cache
def municipalities() -> Mapping[str, Municipality]:
    """Return every municipality by its code, in the order of the codes; read once."""
    with (SHIPPED / CSV_FILE).open(encoding="utf-8", newline="") as lines:
        found = [
            Municipality(code=code, name=name, county=county, region=region)
            for code, name, county, region in list(csv.reader(lines))[1:]
        ]
    return MappingProxyType({one.code: one for one in sorted(found, key=lambda one: one.code)})
