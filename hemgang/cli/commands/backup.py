"""`hemgang backup`: the whole store in one file, and whether such a file is whole."""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang backup /srv/backup/2026-11-26.hemgang",
            "hemgang backup --verify /srv/backup/2026-11-26.hemgang",
        )
    )(backup)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, or with --verify to read.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Write nothing: hold the file against its own hashes and counts.")
    ] = False,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Write the whole store to a new file, while it is in use.

    The file is as secret as the database: everything is in it, also what references are made from.
    """
    from hemgang.cli.views.backup import back_up_store, verify_file
    from hemgang.cli.views.scoping import scope_of

    if verify:
        verify_file(file, form=form)
    else:
        back_up_store(place(context, database), scope_of(context), file, form=form)
