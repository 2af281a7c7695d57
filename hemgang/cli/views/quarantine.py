"""The quarantined lines, listed."""

from collections.abc import Sequence

from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.choices import chosen
from hemgang.cli.views.moments import iso, written
from hemgang.cli.views.opening import database_at
from hemgang.cli.views.reading import log_reading, reader
from hemgang.findings import Code
from hemgang.store.listing import QuarantinedLine, quarantined

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
            found = list(quarantined(session, source=source, codes=wanted))
    if form is Format.JSON:
        print_json([_as_json(line, show_text=show_text) for line in found])
        return
    rows = [(line.source, line.line, line.code, line.field or None, written(line.stored_at)) for line in found]
    under = [line.text or NOT_KEPT for line in found] if show_text else ()
    print_lines(table(("source", "line", "reason", "field", "stored"), rows, right=(1,), under=under))


def _as_json(line: QuarantinedLine, *, show_text: bool) -> dict[str, object]:
    found = {
        "source": line.source,
        "line": line.line,
        "code": line.code,
        "field": line.field or None,
        "stored_at": iso(line.stored_at),
    }
    return found | {"text": line.text} if show_text else found
