"""`hemgang access-log`: who read which episode, when, from which unit and why; and whether the log is whole."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from calendars.timezone import local_date
from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, print_json, print_lines, table, words
from hemgang.cli.params import DatabaseOption, FormatOption, examples, place
from hemgang.i18n.formats import iso_text
from hemgang.queries.operation import AccessChain, check_access_chain, list_access
from hemgang.store.access_log import AccessEntry


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("list", epilog=examples("hemgang access-log list --episode jh1-07"))(list_readings)
    group.command("check", epilog=examples("hemgang access-log check"))(check)
    app.add_typer(group, name="access-log", help="Who read which episode, when, from which unit and why.")


def list_readings(
    context: typer.Context,
    episode: Annotated[
        str | None, typer.Option("--episode", metavar="ID", help="Only readings of this episode and of all at once.")
    ] = None,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """List readings, the first one first; an episode of * stands for a list of many."""
    with database_at(place(context, database)) as opened:
        found = list_access(opened, episode=episode)
    if form is Format.JSON:
        print_json([_entry_json(entry) for entry in found])
    else:
        print_lines(_entry_table(found))


def check(
    context: typer.Context,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Check that every row follows from the one before.

    Exit 1 if a row was changed, added or taken out.
    """
    with database_at(place(context, database)) as opened:
        chain = check_access_chain(opened)
    if form is Format.JSON:
        print_json(_chain_json(chain))
    else:
        print_lines([_chain_text(chain)])
    if chain.first_break is not None:
        raise typer.Exit(1)


def _entry_json(entry: AccessEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": iso_text(entry.at),
        "who": entry.who,
        "unit": entry.unit,
        "why": entry.why,
        "action": entry.action,
        "episode": entry.episode,
    }


def _entry_table(found: Sequence[AccessEntry]) -> Iterator[str]:
    if not found:
        return iter([words("cli_reading.none.readings")])
    rows = [(entry.seq, entry.at, entry.who, entry.unit, entry.action, entry.episode, entry.why) for entry in found]
    return table(("number", "at", "who", "unit", "command", "episode", "why"), rows, right=(0,))


def _chain_json(chain: AccessChain) -> dict[str, Any]:
    anchor = chain.anchor
    anchored = None if anchor is None else {"seq": anchor.seq, "hash": anchor.hash, "at": iso_text(anchor.at)}
    return {"rows": chain.rows, "first_break": chain.first_break, "anchor": anchored}


def _chain_text(chain: AccessChain) -> str:
    if chain.first_break is not None:
        return words("cli_reading.access_log_broken", row=chain.first_break, count=chain.rows)
    if chain.anchor is None:
        return words("cli_reading.access_log_whole", count=chain.rows)
    return words(
        "cli_reading.access_log_whole_since",
        count=chain.rows,
        date=local_date(chain.anchor.at),
        row=chain.anchor.seq,
    )
