"""Writes the messages of a simulated county, line by line."""

from hemgang.cli.output import print_raw_line
from hemgang.cli.views.moments import read_date
from hemgang.cli.views.places import region_code
from hemgang.simulate import lines


def write_messages(region: str, *, start: str, end: str, seed: int, discharges: int, dirt: float) -> None:
    """Write every line until they end, or nobody reads any more.

    Raises:
        WrongUse: the region or a date is wrong.
        SimulationError: the span, number or dirt cannot be simulated.
    """
    for line in lines(
        region_code(region),
        start=read_date(start, "--from"),
        end=read_date(end, "--to"),
        seed=seed,
        discharges=discharges,
        dirt=dirt,
    ):
        if not print_raw_line(line):
            return
