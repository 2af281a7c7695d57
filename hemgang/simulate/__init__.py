"""Synthetic messages of invented counties, seeded: for the demo and for `hemgang simulate` (specification 7).

Pure: no database, no clock, no network. Nobody in it exists, and nothing in it says anything about a real unit.
"""

from hemgang.simulate.arrivals import discharges_in
from hemgang.simulate.country import COUNTRY
from hemgang.simulate.directory_text import demo_directory, directory_text
from hemgang.simulate.errors import SimulationError
from hemgang.simulate.generic import county_of
from hemgang.simulate.stream import lines, timed_lines

__all__ = [
    "COUNTRY",
    "SimulationError",
    "county_of",
    "demo_directory",
    "directory_text",
    "discharges_in",
    "lines",
    "timed_lines",
]
