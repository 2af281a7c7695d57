"""Synthetic messages of invented counties, seeded: for the demo and for `hemgang simulate` (specification 7).

Pure: no database, no clock, no network. Nobody in it exists, and nothing in it says anything about a real unit.
"""

from hemgang.simulate.county import COUNTRY, SimulationError, county_of, demo_directory, directory_text
from hemgang.simulate.stream import discharges_in, lines, timed_lines

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
