"""`hemgang access-log`: who read which episode, when, from which unit and why."""

from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang access-log list --episode jh1-07"))(list_all)
    group.command("check", epilog=examples("hemgang access-log check"))(check)
    app.add_typer(group, name="access-log", help="Who read which episode, when, from which unit and why.")


def list_all(
    context: typer.Context,
    episode: Annotated[
        str | None, typer.Option("--episode", metavar="ID", help="Only readings of this episode and of all at once.")
    ] = None,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """List readings, the first one first; an episode of * stands for a list of many."""
    from hemgang.cli.views.access_log import list_readings

    list_readings(place(context, database), episode=episode, form=form)


def check(
    context: typer.Context,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Check that every row follows from the one before.

    Exit 1 if a row was changed, added or taken out.
    """
    from hemgang.cli.views.access_log import check_chain

    if not check_chain(place(context, database), form=form):
        raise typer.Exit(1)
