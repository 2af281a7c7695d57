"""`hemgang simulate`: synthetic messages, the same for the same seed."""

from typing import Annotated

import typer

from hemgang.cli.options import examples


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang simulate 23 --from 2023-03-01 --to 2023-03-31 --seed 1 --discharges 200 > march.ndjson"
        )
    )(simulate)


def simulate(
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="The first date, included.")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="The last date, included.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same messages.")] = 1,
    discharges: Annotated[
        int, typer.Option("--discharges", metavar="N", min=0, help="About how many patients are discharged.")
    ] = 100,
    dirt: Annotated[
        float,
        typer.Option("--dirt", metavar="X", min=0, max=100, help="How much is late, copied or broken; 0 is clean."),
    ] = 1.0,
) -> None:
    """Write synthetic messages of a county as NDJSON.

    In the order in which they arrive; the same seed gives the same ones, and nobody in them exists.
    """
    from hemgang.cli.views.simulate import write_messages

    write_messages(region, start=start, end=end, seed=seed, discharges=discharges, dirt=dirt)
