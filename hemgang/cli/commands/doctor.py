"""`hemgang doctor`: looks an installation over and says what to do."""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, DirectoryOption, FormatOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("hemgang doctor", "hemgang doctor --reach --backups /srv/backup", "hemgang doctor --send-test"),
    )(doctor)


def doctor(
    context: typer.Context,
    reach: Annotated[
        bool, typer.Option("--reach", help="Also ask each channel's server for a connection; nothing is sent.")
    ] = False,
    send_test: Annotated[
        bool, typer.Option("--send-test", help="Also send a neutral test message, to the operator only.")
    ] = False,
    backups: Annotated[
        Path | None,
        typer.Option("--backups", metavar="FOLDER", help="Also see how old the newest backup in this folder is."),
    ] = None,
    form: FormatOption = Format.TABLE,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """Look an installation over: each finding in a line, with what to do.

    Nothing is changed, not even the tables upgraded. Exit code 1 if there is an error among the findings.
    """
    from hemgang.cli.views.doctor import show_findings

    if show_findings(place(context, database, directory), reach=reach, test=send_test, backups=backups, form=form):
        raise typer.Exit(1)
