"""`hemgang ingest`: files of messages taken in, and what became of their lines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

import typer

from hemgang.cli.errors import WrongUse, error_text
from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, note, print_json, print_lines, table, told, words
from hemgang.cli.params import DatabaseOption, FormatOption, NowOption, examples, lines_of, now_or, place, source_name
from hemgang.errors import HemgangError
from hemgang.findings import Code
from hemgang.i18n.catalogue import phrase
from hemgang.services import ingest as service
from hemgang.services.ingest import LineProblem, Report
from hemgang.store.database import Database

_LINES_SHOWN: Final = 5
_CODES_SHOWN: Final = 20


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
    several = len(files) > 1
    with database_at(place(context, database), make=True) as opened:
        report, unread = _ingest_files(opened, files, now=now_or(now))
    if form is Format.JSON:
        print_json(_report_json(report, several=several))
    else:
        print_lines(_report_text(report, several=several))
    if unread:
        raise WrongUse(phrase("cli_reading.files_unread", unread=unread, all=len(files)))
    if fail_on_quarantine and (report.quarantined or report.conflicting):
        raise typer.Exit(1)


class _Stopped(WrongUse):
    """The user stopped it (Ctrl-C); the text says what is stored."""


def _ingest_files(database: Database, files: Sequence[str], *, now: datetime) -> tuple[Report, int]:
    """Take in every file; return what became of the lines, and how many files could not be read.

    A file that cannot be read does not stop the others; the only one is an error.
    """
    total, unread = Report(), 0
    for number, file in enumerate(files, start=1):
        try:
            total.add(_ingest_file(database, file, source=source_name(file, number), now=now))
        except _Stopped:
            raise
        except (HemgangError, OSError) as wrong:
            if len(files) == 1:
                raise
            note(error_text(wrong))
            unread += 1
    return total, unread


def _ingest_file(database: Database, file: str, *, source: str, now: datetime) -> Report:
    stored = Report()

    def progress(report: Report) -> None:
        nonlocal stored
        stored = report
        aside = report.quarantined + report.conflicting
        told(words("cli_reading.progress.ingest", source=source, lines=report.lines, aside=aside))

    try:
        return service.ingest(database, lines_of(file), source=source, now=now, progress=progress)
    except KeyboardInterrupt:
        raise _Stopped(
            phrase("cli_reading.ingest_stopped", source=source, lines=stored.lines, accepted=stored.accepted)
        ) from None
    finally:
        told("")


def _report_json(report: Report, *, several: bool) -> dict[str, object]:
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


def _report_text(report: Report, *, several: bool) -> Iterator[str]:
    counts = (report.accepted, report.duplicate, report.conflicting, report.quarantined)
    yield from table(("accepted", "duplicate", "conflicting", "quarantined"), [counts], right=range(4))
    if not report.reasons:
        return
    listed: dict[tuple[str, str], list[LineProblem]] = {}
    for problem in report.problems:
        listed.setdefault((problem.code, problem.field or ""), []).append(problem)
    ordered = sorted(report.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    rows = [
        (Code(code), field or None, count, _first_lines(listed.get((code, field), []), count, several=several))
        for (code, field), count in ordered[:_CODES_SHOWN]
    ]
    yield ""
    yield from table(("reason", "field", "lines", "first_lines"), rows, right=(2,))
    if len(ordered) > _CODES_SHOWN:
        yield words("cli_reading.more_reasons", count=len(ordered) - _CODES_SHOWN)


def _first_lines(found: Sequence[LineProblem], count: int, *, several: bool) -> str:
    first = ", ".join(f"{one.source}:{one.line}" if several else str(one.line) for one in found[:_LINES_SHOWN])
    more = count - min(len(found), _LINES_SHOWN)
    return words("cli_reading.and_more", first=first, more=more) if more > 0 else first
