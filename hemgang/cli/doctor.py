"""`hemgang doctor`: looks an installation over and says what to do, a line for each finding as it comes."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, in_words, print_json, print_lines, spoken
from hemgang.cli.params import DatabaseOption, DirectoryOption, FormatOption, examples, now_or, place
from hemgang.doctor.examine import Examination, examine
from hemgang.doctor.finding import Finding, Level
from hemgang.i18n.catalogue import name_of, phrase


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
    if backups is not None and not backups.is_dir():
        raise WrongUse(phrase("cli_operation.no_folder", option="--backups", folder=str(backups)))
    where = place(context, database, directory)
    asked = Examination(where.database, where.directory, reach=reach, test=send_test, backups=backups)
    found: list[Finding] = []
    for finding in examine(asked, now=now_or(None)):
        found.append(finding)
        if form is Format.TABLE:
            print_lines([_line(finding)])
    if form is Format.JSON:
        print_json([_finding_json(finding) for finding in found])
    if any(finding.level is Level.ERROR for finding in found):
        raise typer.Exit(1)


def _finding_json(finding: Finding) -> dict[str, str]:
    return {"level": finding.level.value, "name": finding.name, "found": str(finding.found), "do": str(finding.do)}


_ARROW: Final = "  -> "


def _line(finding: Finding) -> str:
    width = max(len(name_of(spoken(), level)) for level in Level)
    do = in_words(finding.do)
    level = name_of(spoken(), finding.level)
    return f"{level:<{width}}  {finding.name}  {in_words(finding.found)}{_ARROW if do else ''}{do}"
