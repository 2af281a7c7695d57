"""`hemgang doctor`: looks an installation over and says what to do.

Shows what the doctor found: a line each, as it comes, or all as JSON.
"""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.params import DatabaseOption, DirectoryOption, FormatOption, Place, examples, now_or, place
from hemgang.doctor.examine import Examination, examine
from hemgang.doctor.finding import Finding, Level


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
    pass  # dropped import

    if show_findings(place(context, database, directory), reach=reach, test=send_test, backups=backups, form=form):
        raise typer.Exit(1)


_LEVEL_WIDTH = max(map(len, Level))


def show_findings(place: Place, *, reach: bool, test: bool, backups: Path | None, form: Format) -> bool:
    """Look at everything and show it; return whether there is an error among the findings.

    Raises:
        WrongUse: the folder of backups is not there.
    """
    if backups is not None and not backups.is_dir():
        raise WrongUse(f"--backups: there is no folder {backups}")
    asked = Examination(place.database, place.directory, reach=reach, test=test, backups=backups)
    found: list[Finding] = []
    for finding in examine(asked, now=now_or(None)):
        found.append(finding)
        if form is Format.TABLE:
            print_lines([_line(finding)])
    if form is Format.JSON:
        print_json([{"level": one.level, "name": one.name, "found": one.found, "do": one.do} for one in found])
    return any(one.level is Level.ERROR for one in found)


def _line(finding: Finding) -> str:
    do = f"  -> {finding.do}" if finding.do else ""
    return f"{finding.level:<{_LEVEL_WIDTH}}  {finding.name}  {finding.found}{do}"
