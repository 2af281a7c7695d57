"""`hemgang ingest`: messages in, counted and checked.

Takes files of messages in and says what became of their lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, note, print_json, print_lines, table, told
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    examples,
    lines_of,
    now_or,
    place,
    source_name,
)
from hemgang.errors import HemgangError
from hemgang.services.ingest import LineProblem, Report
from hemgang.services.ingest import ingest as ingest_ingest
from hemgang.store.database import Database


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
    pass  # dropped import

    clean = ingest_files(place(context, database), files, form=form, now=now)
    if fail_on_quarantine and not clean:
        raise typer.Exit(1)


LINES_SHOWN = 5
CODES_SHOWN = 20


class _Stopped(WrongUse):
    """The user stopped it (Ctrl-C); the text says what is stored."""


def ingest_files(place: Place, files: Sequence[str], *, form: Format, now: str | None) -> bool:
    """Take in every file and report; return whether nothing was quarantined or conflicting.

    A file that cannot be read does not stop the others.

    Raises:
        WrongUse: at least one file could not be read; said at the end, after the report on the others. Or it was
            stopped; says what is stored.
    """
    at = now_or(now)
    total, unread = Report(), 0
    with database_at(place, make=True) as database:
        for number, file in enumerate(files, start=1):
            try:
                total.add(_take(database, file, source=source_name(file, number), now=at))
            except _Stopped:
                raise
            except (HemgangError, OSError) as wrong:
                if len(files) == 1:
                    raise
                note(str(wrong))
                unread += 1
    if form is Format.JSON:
        print_json(_as_json(total, several=len(files) > 1))
    else:
        print_lines(_as_table(total, several=len(files) > 1))
    if unread:
        raise WrongUse(f"{unread} of {len(files)} files could not be taken in wholly; see above")
    return not (total.quarantined or total.conflicting)


def _take(database: Database, file: str, *, source: str, now: datetime) -> Report:
    stored = Report()

    def progress(report: Report) -> None:
        nonlocal stored
        stored = report
        told(f"{source}: {report.lines} lines, {report.quarantined + report.conflicting} set aside …")

    try:
        return ingest_ingest(database, lines_of(file), source=source, now=now, progress=progress)
    except KeyboardInterrupt:
        raise _Stopped(
            f"stopped: of {source} {stored.lines} lines are taken in ({stored.accepted} messages stored); "
            "give the command again: nothing is stored twice"
        ) from None
    finally:
        told("")


def _as_json(report: Report, *, several: bool) -> dict[str, object]:
    listed = [asdict(problem) for problem in report.problems]
    if not several:
        for problem in listed:
            del problem["source"]
    return {
        "accepted": report.accepted,
        "duplicate": report.duplicate,
        "conflicting": report.conflicting,
        "quarantined": report.quarantined,
        "problems": listed,
        "problems_left_out": report.problems_left_out,
    }


def _as_table(report: Report, *, several: bool) -> Iterator[str]:
    counts = (report.accepted, report.duplicate, report.conflicting, report.quarantined)
    yield from table(("accepted", "duplicate", "conflicting", "quarantined"), [counts], right=range(4))
    if not report.reasons:
        return
    groups: dict[tuple[str, str], list[LineProblem]] = {}
    for problem in report.problems:
        groups.setdefault((problem.code, problem.field or ""), []).append(problem)
    ordered = sorted(report.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    rows = [
        (code, field, count, _places(groups.get((code, field), []), count, several))
        for (code, field), count in ordered[:CODES_SHOWN]
    ]
    yield ""
    yield from table(("reason", "field", "lines", "first lines"), rows, right=(2,))
    if len(ordered) > CODES_SHOWN:
        yield f"and {len(ordered) - CODES_SHOWN} more reasons; --format json lists the first lines of each"


def _places(found: Sequence[LineProblem], count: int, several: bool) -> str:
    first = ", ".join(f"{one.source}:{one.line}" if several else str(one.line) for one in found[:LINES_SHOWN])
    more = count - min(len(found), LINES_SHOWN)
    return f"{first} and {more} more" if more > 0 else first
