"""`hemgang replay`: the engine on a virtual clock over a file, nothing sent."""

from typing import Annotated

import typer

from hemgang.cli.options import DirectoryOption, FormatOption, examples
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("hemgang replay messages.ndjson --until 2023-04-01T00:00 --format json"))(replay)


def replay(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="NDJSON, or CSV if the name ends in .csv; - is standard input."),
    ],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="The last instant replayed, included.")],
    form: FormatOption = Format.TABLE,
    directory: DirectoryOption = None,
) -> None:
    """List the alerts that files would cause, sending nothing.

    The engine on a virtual clock: every alert that would have been sent up to a time, in order; no database. With
    --format json one alert a line (NDJSON). Bad lines are reported on standard error by line, code and field.
    References are the same in every replay and differ from those of an installation.
    """
    from hemgang.cli.views.replay import replay_files

    replay_files(files, until=until, form=form, directory=directory)
