"""`hemgang whatif`: a month under two agreements on the same rows, the difference told by definition."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang whatif 23 2023-03 --agreement jamtland-harjedalen --agreement lus",
            "hemgang whatif 19 2019-11 --agreement vastmanland@2019-09-30 --agreement actual",
        )
    )(whatif)


def whatif(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")],
    agreement: Annotated[
        list[str] | None,
        typer.Option(
            "--agreement",
            metavar="NAME[@DATE]",
            help="Twice: from which to which; with the terms of DATE, else of the month's first day. `actual` is what "
            "really governs.",
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Compute a month under two agreements, each as if it had always governed the region.

    The difference is told definition by definition, one changed at a time in a fixed order; their effects add up to
    it exactly. Then the episodes whose charged days differ.
    """
    from hemgang.cli.views.scoping import scope_of
    from hemgang.cli.views.whatif import Wanted, show_what_if

    wanted = Wanted(region=region, month=month, agreements=agreement or ())
    show_what_if(place(context, database), scope_of(context), wanted, form=form, now=now)
