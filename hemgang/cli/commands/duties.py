"""`hemgang duties`: what must be done by when, by whom and why."""

from typing import Annotated

import typer

from hemgang.cli.options import (
    NOT_SAID,
    DatabaseOption,
    DirectoryOption,
    FormatOption,
    NowOption,
    WhyOption,
    examples,
    place,
)
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("hemgang duties --status open", "hemgang duties --at 2023-03-05T14:00 --format json"))(
        duties
    )


def duties(
    context: typer.Context,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="As they stood then, from what had been received by then."),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only this status: open, met, met_late, missed or void; may be repeated.",
        ),
    ] = None,
    episode: Annotated[str | None, typer.Option("--episode", metavar="ID", help="Only this episode.")] = None,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """List what must be done by when, by whom, and why.

    With strict, extended and practical due, owner and clause; by strict due. The reading is kept in the access log.
    """
    from hemgang.cli.views.duties import list_duties
    from hemgang.cli.views.scoping import scope_of

    where = place(context, database, directory)
    list_duties(where, scope_of(context), at=at, statuses=status, episode=episode, why=why, form=form, now=now)
