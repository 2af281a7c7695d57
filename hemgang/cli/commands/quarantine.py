"""`hemgang quarantine`: the lines that could not be taken in; none of them is lost."""

from typing import Annotated

import typer

from hemgang.cli.options import NOT_SAID, DatabaseOption, FormatOption, WhyOption, examples, place
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang quarantine list --code invalid_field"))(list_all)
    app.add_typer(group, name="quarantine", help="The lines that could not be taken in.")


def list_all(
    context: typer.Context,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only lines of this source.")] = None,
    code: Annotated[
        list[str] | None, typer.Option("--code", metavar="CODE", help="Only lines with this code; may be repeated.")
    ] = None,
    show_text: Annotated[
        bool,
        typer.Option("--show-text", help="Show the lines themselves where they are kept; kept in the access log."),
    ] = False,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """List quarantined lines by source, line, code and field.

    A line whose text may hold an identity number is kept by its place alone.
    """
    from hemgang.cli.views.quarantine import list_quarantine

    where = place(context, database)
    list_quarantine(where, source=source, codes=code, show_text=show_text, why=why, form=form)
