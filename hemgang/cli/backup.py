"""`hemgang backup` and `hemgang restore`: the whole store in one file, and such a file in an empty database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import reader, scope_of
from hemgang.cli.output import Format, fields, print_json, print_lines, table, told, words
from hemgang.cli.params import DatabaseOption, FormatOption, examples, now_or, place
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.formats import iso_text, table_text
from hemgang.messages.identity_numbers import redacted
from hemgang.services import backup as service
from hemgang.services.backup import RestoreReport
from hemgang.settings import read_settings
from hemgang.store.backup.format import Manifest


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            "hemgang backup /srv/backup/2026-11-26.hemgang",
            "hemgang backup --verify /srv/backup/2026-11-26.hemgang",
        )
    )(backup)
    app.command(
        epilog=examples(
            "hemgang restore /srv/backup/2026-11-26.hemgang --database postgresql://hemgang@localhost/hemgang_new"
        )
    )(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, or with --verify to read.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Write nothing: hold the file against its own hashes and counts.")
    ] = False,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Write the whole store to a new file, while it is in use.

    The file is as secret as the database: everything is in it, also what references are made from.
    """
    manifest = service.verify(file) if verify else _back_up(context, database, file)
    if form is Format.JSON:
        print_json({"file": redacted(str(file)), "bytes": file.stat().st_size} | _manifest_json(manifest))
    else:
        print_lines(_manifest_text(file, manifest))


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `hemgang backup` wrote.")],
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Load a backup into an empty database, wholly or not at all.

    Sending is held afterwards. Exit 1 if the access log or a closed month in it does not hold together.
    """
    url = read_settings().at(place(context, database).database).database
    try:
        report = service.restore(url, file, by=reader("restore").who, now=now_or(None), progress=_progress)
    finally:
        told("")
    if form is Format.JSON:
        print_json(_restored_json(file, report))
    else:
        print_lines(_restored_text(report))
    if report.closings.broken or report.access_break is not None:
        raise typer.Exit(1)


def _back_up(context: typer.Context, database: str | None, file: Path) -> Manifest:
    if not scope_of(context).everything:
        raise WrongUse(phrase("cli_operation.backup.needs_scope_all"))
    url = read_settings().at(place(context, database).database).database
    try:
        return service.back_up(url, file, now=now_or(None), progress=_progress)
    finally:
        told("")


def _progress(name: str, rows: int) -> None:
    told(words("cli_operation.backup.progress", table=name, count=rows))


def _manifest_text(file: Path, manifest: Manifest) -> Iterator[str]:
    yield from _part_table(manifest)
    yield ""
    size = phrase("cli_operation.backup.file", file=redacted(str(file)), count=file.stat().st_size)
    yield from fields([("file", size), *_about(manifest)])


def _part_table(manifest: Manifest) -> Iterator[str]:
    return table(("table", "rows"), [(part.table, part.rows) for part in manifest.parts], right=(1,))


def _about(manifest: Manifest) -> list[tuple[str, object]]:
    made = phrase(
        "cli_operation.backup.made",
        at=table_text(manifest.made_at),
        version=manifest.hemgang,
        database=manifest.database,
    )
    return [("made_at", made), ("version_of_tables", manifest.revision), ("rows", manifest.rows)]


def _manifest_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": iso_text(manifest.made_at),
        "hemgang": manifest.hemgang,
        "database": manifest.database,
        "revision": manifest.revision,
        "rows": manifest.rows,
        "tables": [{"table": one.table, "rows": one.rows, "sha256": one.sha256} for one in manifest.parts],
    }


def _restored_json(file: Path, report: RestoreReport) -> dict[str, Any]:
    return {
        "file": redacted(str(file)),
        **_manifest_json(report.manifest),
        "closings": {"versions": report.closings.versions, "broken": list(report.closings.broken)},
        "access_log": {"rows": report.access_rows, "first_break": report.access_break},
        "sending": "held",
    }


def _restored_text(report: RestoreReport) -> Iterator[str]:
    manifest, closings = report.manifest, report.closings
    yield from _part_table(manifest)
    yield ""
    sound = closings.versions - len(closings.broken)
    yield from fields(
        [
            *_about(manifest),
            ("closed_months", phrase("cli_operation.backup.closings", sound=sound, all=closings.versions)),
            ("access_log", _access_log(report)),
            ("sending", phrase("cli_operation.backup.sending_held")),
        ]
    )
    for one in closings.broken:
        yield words("cli_operation.backup.closing_broken", closing=one)
    yield ""
    yield words("cli_operation.backup.next")
    for number in (1, 2, 3):
        step = words(f"cli_operation.backup.step_{number}", made=table_text(manifest.made_at))
        yield f"{number}. {step}"


def _access_log(report: RestoreReport) -> Phrase:
    if report.access_break is None:
        return phrase("cli_operation.backup.access_whole", count=report.access_rows)
    return phrase("cli_operation.backup.access_broken", row=str(report.access_break))
