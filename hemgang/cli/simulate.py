"""`hemgang simulate`: synthetic messages of a county or of all, the same for the same seed."""

from datetime import date
from typing import Annotated, Final

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.output import print_raw_line
from hemgang.cli.params import examples, read_date, region_code
from hemgang.i18n.catalogue import phrase
from hemgang.simulate import COUNTRY, discharges_in, lines

_DISCHARGES: Final = 100
"""How many patients are discharged where nothing says it."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang simulate 23 --from 2023-03-01 --to 2023-03-31 --seed 1 --discharges 200 > march.ndjson",
            "hemgang simulate all --from 2021-01-01 --to 2024-12-31 --per-year 100000 > country.ndjson",
        )
    )(simulate)


def simulate(
    region: Annotated[
        str,
        typer.Argument(
            metavar="REGION", help="The county: its two-digit code or its name; `all` is the whole country."
        ),
    ],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="The first date, included.")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="The last date, included.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same messages.")] = 1,
    discharges: Annotated[
        int | None,
        typer.Option("--discharges", metavar="N", min=0, help="About how many patients are discharged (100)."),
    ] = None,
    per_year: Annotated[
        int | None,
        typer.Option("--per-year", metavar="N", min=0, help="The same for each year of the span, part years in part."),
    ] = None,
    dirt: Annotated[
        float,
        typer.Option("--dirt", metavar="X", min=0, max=100, help="How much is late, copied or broken; 0 is clean."),
    ] = 1.0,
) -> None:
    """Write synthetic messages of a county, or of all, as NDJSON.

    In the order in which they arrive; the same arguments give the same ones, and nobody in them exists.
    """
    first, last = read_date(start, "--from"), read_date(end, "--to")
    code = COUNTRY if region.strip().casefold() == COUNTRY else region_code(region)
    size = _size(first, last, discharges=discharges, per_year=per_year)
    for line in lines(code, start=first, end=last, seed=seed, discharges=size, dirt=dirt):
        if not print_raw_line(line):
            return


def _size(start: date, end: date, *, discharges: int | None, per_year: int | None) -> int:
    if per_year is None:
        return _DISCHARGES if discharges is None else discharges
    if discharges is not None:
        raise WrongUse(phrase("cli_operation.two_sizes"))
    return discharges_in(start, end, per_year=per_year)
