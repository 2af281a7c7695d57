"""Writes the messages of simulated counties, line by line."""

from datetime import date

from hemgang.cli.errors import WrongUse
from hemgang.cli.output import print_raw_line
from hemgang.cli.views.moments import read_date
from hemgang.cli.views.places import region_code
from hemgang.simulate import COUNTRY, discharges_in, lines

DISCHARGES = 100


def write_messages(
    region: str, *, start: str, end: str, seed: int, discharges: int | None, per_year: int | None, dirt: float
) -> None:
    """Write every line until they end, or nobody reads any more.

    Raises:
        WrongUse: the region, a date or the choice of a size is wrong.
        SimulationError: the span, number or dirt cannot be simulated.
    """
    first, last = read_date(start, "--from"), read_date(end, "--to")
    code = COUNTRY if region.strip().casefold() == COUNTRY else region_code(region)
    size = _size(first, last, discharges=discharges, per_year=per_year)
    for line in lines(code, start=first, end=last, seed=seed, discharges=size, dirt=dirt):
        if not print_raw_line(line):
            return


def _size(start: date, end: date, *, discharges: int | None, per_year: int | None) -> int:
    if per_year is None:
        return DISCHARGES if discharges is None else discharges
    if discharges is not None:
        raise WrongUse("--discharges and --per-year both say how many patients are discharged; write one of them")
    return discharges_in(start, end, per_year=per_year)
