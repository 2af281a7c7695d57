"""`hemgang quarantine`: the lines that could not be taken in; none of them is lost.

The quarantined lines, listed.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, print_json, print_lines, table
from hemgang.cli.params import NOT_SAID, DatabaseOption, FormatOption, Place, WhyOption, chosen, examples, place
from hemgang.cli.reader import reader
from hemgang.findings import Code
from hemgang.i18n.formats import iso_text, table_text
from hemgang.queries.access import log_reading
from hemgang.store.messages import QuarantinedLine, quarantined_lines


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
    pass  # dropped import

    where = place(context, database)
    list_quarantine(where, source=source, codes=code, show_text=show_text, why=why, form=form)


NOT_KEPT = "(not kept)"


def list_quarantine(
    place: Place,
    *,
    source: str | None,
    codes: Sequence[str] | None,
    show_text: bool,
    why: str,
    form: Format,
) -> None:
    """List quarantined lines by source and line, their text only if it was asked for.

    Raises:
        WrongUse: there is no such code.
    """
    wanted = sorted(chosen(Code, codes, "--code")) if codes else ()
    by = reader(why)
    with database_at(place) as database:
        if show_text:
            log_reading(database, by, action="quarantine")
        with database.reading() as session:
            found = list(quarantined_lines(session, source=source, codes=wanted))
    if form is Format.JSON:
        print_json([_as_json(line, show_text=show_text) for line in found])
        return
    rows = [(line.source, line.line, line.code, line.field or None, table_text(line.stored_at)) for line in found]
    under = [line.text or NOT_KEPT for line in found] if show_text else ()
    print_lines(table(("source", "line", "reason", "field", "stored"), rows, right=(1,), under=under))


def _as_json(line: QuarantinedLine, *, show_text: bool) -> dict[str, object]:
    found = {
        "source": line.source,
        "line": line.line,
        "code": line.code,
        "field": line.field or None,
        "stored_at": iso_text(line.stored_at),
    }
    return found | {"text": line.text} if show_text else found
