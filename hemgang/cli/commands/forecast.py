"""`hemgang forecast`: what a month will come to at its end, and how earlier forecasts held."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang forecast 23",
            "hemgang forecast 23 --score",
            "hemgang forecast 23 2023-11 --backtest 6",
        )
    )(forecast)


def forecast(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[
        str | None, typer.Argument(metavar="MONTH", help="YYYY-MM; else the running month, with --backtest the last.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="SEED", help="The same seed draws the same paths.")] = 1,
    score: Annotated[
        bool, typer.Option("--score", help="Hold the stored forecasts of months that are over against the outcome.")
    ] = False,
    backtest: Annotated[
        int | None,
        typer.Option(
            "--backtest", metavar="N", help="Forecast the N months up to MONTH as of the 10th and 20th, and score that."
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Forecast what each payer will pay for a month, with a band, and keep the forecast.

    Drawn from the region's own history: how long patients stay ready, and who becomes ready on such days. At least
    three whole months of it are needed.
    """
    from hemgang.cli.views.forecast import Wanted, show_forecast
    from hemgang.cli.views.scoping import scope_of

    wanted = Wanted(region=region, month=month, seed=seed, score=score, backtest=backtest)
    show_forecast(place(context, database), scope_of(context), wanted, form=form, now=now)
