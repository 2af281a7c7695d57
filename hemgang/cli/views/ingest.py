"""Takes files of messages in and says what became of their lines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.progress import told
from hemgang.cli.table import table
from hemgang.cli.views.moments import now_or
from hemgang.cli.views.opening import database_at
from hemgang.cli.views.sources import lines_of, source_name
from hemgang.engine.ingest import ingest
from hemgang.engine.report import LineProblem, Report
from hemgang.errors import HemgangError
from hemgang.store.database import Database

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
        return ingest(database, lines_of(file), source=source, now=now, progress=progress)
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
