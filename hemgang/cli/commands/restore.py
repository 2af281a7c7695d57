"""`hemgang restore`: loads a backup into an empty database; nothing is sent until a person says so."""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang restore /srv/backup/2026-11-26.hemgang --database postgresql://hemgang@localhost/hemgang_new"
        )
    )(restore)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `hemgang backup` wrote.")],
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Load a backup into an empty database, wholly or not at all.

    Sending is held afterwards. Exit 1 if the access log or a closed month in it does not hold together.
    """
    from hemgang.cli.views.backup import restore_store

    if not restore_store(place(context, database), file, form=form):
        raise typer.Exit(1)
