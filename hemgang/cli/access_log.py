"""`hemgang access-log`: who read which episode, when, from which unit and why.

The access log, listed and checked.
"""

from typing import Annotated

import typer

from calendars.timezone import local_date
from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, print_json, print_lines, table
from hemgang.cli.params import DatabaseOption, FormatOption, Place, examples, place
from hemgang.i18n.formats import iso_text, table_text
from hemgang.queries.access import ALL
from hemgang.store.access_log import access_entries, first_break, last_anchor


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
    pass  # dropped import

    list_readings(place(context, database), episode=episode, form=form)


def check(
    context: typer.Context,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Check that every row follows from the one before.

    Exit 1 if a row was changed, added or taken out.
    """
    pass  # dropped import

    if not check_chain(place(context, database), form=form):
        raise typer.Exit(1)


def list_readings(place: Place, *, episode: str | None, form: Format) -> None:
    """List the readings of one episode, with those of all at once, or every reading."""
    with database_at(place) as database, database.reading() as session:
        found = list(access_entries(session, episodes=(episode, ALL) if episode is not None else ()))
    if form is Format.JSON:
        print_json(
            [
                {
                    "seq": row.seq,
                    "at": iso_text(row.at),
                    "who": row.who,
                    "unit": row.unit,
                    "why": row.why,
                    "action": row.action,
                    "episode": row.episode,
                }
                for row in found
            ]
        )
        return
    rows = [(row.seq, table_text(row.at), row.who, row.unit, row.action, row.episode, row.why) for row in found]
    print_lines(table(("no", "at", "who", "unit", "action", "episode", "why"), rows, right=(0,)))


def check_chain(place: Place, *, form: Format) -> bool:
    """Check that every row follows from the one before, and say where it first does not; return whether all do."""
    with database_at(place) as database, database.reading() as session:
        broken = first_break(session)
        anchor = last_anchor(session)
        count = sum(1 for _ in access_entries(session))
    if form is Format.JSON:
        told = None if anchor is None else {"seq": anchor.seq, "hash": anchor.hash, "at": iso_text(anchor.at)}
        print_json({"rows": count, "first_break": broken, "anchor": told})
    elif broken is None:
        since = f", verified from anchor of {local_date(anchor.at)} (after row {anchor.seq})" if anchor else ""
        print_lines([f"the access log is whole: {count} rows, each follows from the one before{since}"])
    else:
        print_lines([f"the access log is broken: row {broken} does not follow from the one before ({count} rows)"])
    return broken is None
