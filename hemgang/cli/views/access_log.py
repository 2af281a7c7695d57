"""The access log, listed and checked."""

from calendars.zone import local_date
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.moments import iso, written
from hemgang.cli.views.opening import database_at
from hemgang.cli.views.reading import ALL
from hemgang.store.access import first_break, last_anchor
from hemgang.store.listing import readings


def list_readings(place: Place, *, episode: str | None, form: Format) -> None:
    """List the readings of one episode, with those of all at once, or every reading."""
    with database_at(place) as database, database.reading() as session:
        found = list(readings(session, episodes=(episode, ALL) if episode is not None else ()))
    if form is Format.JSON:
        print_json(
            [
                {
                    "seq": row.seq,
                    "at": iso(row.at),
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
    rows = [(row.seq, written(row.at), row.who, row.unit, row.action, row.episode, row.why) for row in found]
    print_lines(table(("no", "at", "who", "unit", "action", "episode", "why"), rows, right=(0,)))


def check_chain(place: Place, *, form: Format) -> bool:
    """Check that every row follows from the one before, and say where it first does not; return whether all do."""
    with database_at(place) as database, database.reading() as session:
        broken = first_break(session)
        anchor = last_anchor(session)
        count = sum(1 for _ in readings(session))
    if form is Format.JSON:
        told = None if anchor is None else {"seq": anchor.seq, "hash": anchor.hash, "at": iso(anchor.at)}
        print_json({"rows": count, "first_break": broken, "anchor": told})
    elif broken is None:
        since = f", verified from anchor of {local_date(anchor.at)} (after row {anchor.seq})" if anchor else ""
        print_lines([f"the access log is whole: {count} rows, each follows from the one before{since}"])
    else:
        print_lines([f"the access log is broken: row {broken} does not follow from the one before ({count} rows)"])
    return broken is None
