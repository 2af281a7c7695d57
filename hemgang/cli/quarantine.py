"""`hemgang quarantine`: the lines that could not be taken in; none of them is lost."""

from typing import Annotated

import typer

from hemgang.cli.opening import database_at, reader
from hemgang.cli.output import Format, print_json, print_lines, table, words
from hemgang.cli.params import NOT_SAID, DatabaseOption, FormatOption, WhyOption, chosen, examples, place
from hemgang.findings import Code
from hemgang.i18n.formats import iso_text
from hemgang.queries.operation import list_quarantine
from hemgang.store.messages import QuarantinedLine


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang quarantine list --code invalid_field"))(list_lines)
    app.add_typer(group, name="quarantine", help="The lines that could not be taken in.")


def list_lines(
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
    codes = sorted(chosen(Code, code, "--code")) if code else ()
    by = reader(why)
    with database_at(place(context, database)) as opened:
        found = list_quarantine(opened, by, source=source, codes=codes, with_text=show_text)
    if form is Format.JSON:
        print_json([_line_json(line, show_text=show_text) for line in found])
    elif not found:
        print_lines([words("cli_reading.none.quarantined")])
    else:
        rows = [(line.source, line.line, Code(line.code), line.field or None, line.stored_at) for line in found]
        under = [line.text or words("cli_reading.text_not_kept") for line in found] if show_text else ()
        print_lines(table(("source", "line", "reason", "field", "stored"), rows, right=(1,), under=under))


def _line_json(line: QuarantinedLine, *, show_text: bool) -> dict[str, object]:
    found = {
        "source": line.source,
        "line": line.line,
        "code": line.code,
        "field": line.field or None,
        "stored_at": iso_text(line.stored_at),
    }
    return found | {"text": line.text} if show_text else found
