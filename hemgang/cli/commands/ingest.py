"""`hemgang ingest`: messages in, counted and checked."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, NowOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "hemgang ingest messages.ndjson", "zcat march.ndjson.gz | hemgang ingest - --fail-on-quarantine"
        )
    )(ingest)


def ingest(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="NDJSON, or CSV if the name ends in .csv; - is standard input."),
    ],
    fail_on_quarantine: Annotated[
        bool,
        typer.Option("--fail-on-quarantine", help="Exit 1 if a line was quarantined or conflicts with a stored one."),
    ] = False,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Check messages and store them; report every bad line.

    Says how many were accepted, duplicate, conflicting and quarantined. A bad line never stops the good ones: it is
    quarantined, and reported by line, code and field, never by its value. Taking the same file in again changes
    nothing.
    """
    from hemgang.cli.views.ingest import ingest_files

    clean = ingest_files(place(context, database), files, form=form, now=now)
    if fail_on_quarantine and not clean:
        raise typer.Exit(1)
