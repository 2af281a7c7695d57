"""The command `hemgang`: every command with its group, and the one place where it is run (specification 7)."""

from collections.abc import Sequence
from typing import Annotated

import typer

from hemgang import __version__
from hemgang.cli import errors, output
from hemgang.cli.commands import (
    access_log,
    acknowledge,
    agreements,
    backtest,
    backup,
    calendar,
    close,
    closings,
    doctor,
    duties,
    engine,
    episodes,
    explain,
    forecast,
    ingest,
    quarantine,
    replay,
    restore,
    retention,
    review,
    sending,
    simulate,
    threshold,
    whatif,
)

app = typer.Typer(
    name="hemgang",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

for commands in (
    ingest,
    episodes,
    duties,
    replay,
    close,
    review,
    closings,
    explain,
    threshold,
    forecast,
    whatif,
    backtest,
    acknowledge,
    calendar,
    agreements,
    quarantine,
    sending,
    access_log,
    retention,
    backup,
    restore,
    doctor,
    simulate,
    engine,
):
    commands.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        output.print_lines([f"hemgang {__version__}"])
        raise typer.Exit


@app.callback()
def hemgang(
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="The database; may stand after the command too.")
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope",
            metavar="CODES",
            help="Whose episodes are shown, before the command: county codes (23), municipality codes (2380) and "
            "payers (0180/district) with comma between them, or all; empty shows nothing. Else HEMGANG_SCOPE, else "
            "all, for whoever holds the database file and its password.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Deadlines and liability when patients leave hospital in Sweden, under LUS (2017:612).

    Results go to standard output, remarks to standard error. Exit code 0: done; 1: findings that the command was asked
    to fail on; 2: wrong use or bad input, said in one line.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (None = the process's own arguments) and return the exit code, 0, 1 or 2."""
    output.prepare_streams()
    code = errors.at_the_edge(lambda: app(args=arguments, standalone_mode=False, prog_name="hemgang"))
    finished = errors.at_the_edge(output.finish)
    return max(code, finished)
