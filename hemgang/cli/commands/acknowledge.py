"""`hemgang acknowledge`: a named person has seen an alert."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples('hemgang acknowledge 7K3M-Q9TB-2XWD --by "B. Lind"'))(acknowledge)


def acknowledge(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The reference that the alert shows.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who has seen it.")],
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Say that a named person has seen an alert, or a bundle.

    Its ladder rests until the acknowledgement runs out. The reference may be written in small letters and without
    hyphens.
    """
    from hemgang.cli.views.acknowledge import acknowledge_reference

    acknowledge_reference(place(context, database), reference, by=by, form=form, now=now)
