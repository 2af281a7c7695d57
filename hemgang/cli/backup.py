"""`hemgang backup`: the whole store in one file, and whether such a file is whole.

`hemgang restore`: loads a backup into an empty database; nothing is sent until a person says so.

Backs the store up and restores it, and says what was written, what was found, and what a person does next.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, fields, print_json, print_lines, table, told
from hemgang.cli.params import DatabaseOption, FormatOption, Place, examples, now_or, place
from hemgang.cli.reader import reader
from hemgang.i18n.formats import iso_text, table_text
from hemgang.messages.identity_numbers import redacted
from hemgang.scope import Scope
from hemgang.services.backup import RestoreReport, back_up, verify
from hemgang.services.backup import restore as backup_restore
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
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    if verify:
        verify_file(file, form=form)
    else:
        back_up_store(place(context, database), scope_of(context), file, form=form)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `hemgang backup` wrote.")],
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Load a backup into an empty database, wholly or not at all.

    Sending is held afterwards. Exit 1 if the access log or a closed month in it does not hold together.
    """
    pass  # dropped import

    if not restore_store(place(context, database), file, form=form):
        raise typer.Exit(1)


def back_up_store(place: Place, scope: Scope, file: Path, *, form: Format) -> None:
    """Write the store to a new file and say what is in it.

    Raises:
        WrongUse: the scope is not over all.
        BackupError, ConfigurationError, OSError: it cannot be written, see `hemgang.services.backup.back_up`.
    """
    if not scope.everything:
        raise WrongUse("a backup holds everything; it is made under the scope all")
    url = read_settings().at(place.database).database
    try:
        made = back_up(url, file, now=now_or(None), progress=_tell)
    finally:
        told("")
    _show(file, made, form=form)


def verify_file(file: Path, *, form: Format) -> None:
    """Read a backup to its end and say what is in it.

    Raises:
        BackupError, OSError: it is no backup, damaged, or cannot be read.
    """
    _show(file, verify(file), form=form)


def restore_store(place: Place, file: Path, *, form: Format) -> bool:
    """Load a backup into an empty database; return whether its closed months and access log hold together.

    Raises:
        BackupError, NotEmpty, ConfigurationError, OSError: nothing is restored, see `hemgang.services.backup`.
    """
    url = read_settings().at(place.database).database
    try:
        done = backup_restore(url, file, by=reader("restore").who, now=now_or(None), progress=_tell)
    finally:
        told("")
    if form is Format.JSON:
        print_json(_restored_json(file, done))
    else:
        print_lines(_restored_text(done))
    return not done.closings.broken and done.access_break is None


def _tell(name: str, rows: int) -> None:
    told(f"{name}: {rows} rows …")


def _show(file: Path, manifest: Manifest, *, form: Format) -> None:
    if form is Format.JSON:
        print_json({"file": redacted(str(file)), "bytes": file.stat().st_size} | _manifest_json(manifest))
        return
    print_lines(_tables(manifest))
    size = f"{redacted(str(file))}, {file.stat().st_size} bytes"
    print_lines(["", *fields([("file", size), *_about(manifest)])])


def _tables(manifest: Manifest) -> Iterator[str]:
    return table(("table", "rows"), [(part.table, part.rows) for part in manifest.parts], right=(1,))


def _about(manifest: Manifest) -> list[tuple[str, object]]:
    made = f"{table_text(manifest.made_at)} by hemgang {manifest.hemgang} from {manifest.database}"
    return [("made at", made), ("version of the tables", manifest.revision), ("rows", manifest.rows)]


def _manifest_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": iso_text(manifest.made_at),
        "hemgang": manifest.hemgang,
        "database": manifest.database,
        "revision": manifest.revision,
        "rows": manifest.rows,
        "tables": [{"table": one.table, "rows": one.rows, "sha256": one.sha256} for one in manifest.parts],
    }


def _restored_json(file: Path, done: RestoreReport) -> dict[str, Any]:
    return {
        "file": redacted(str(file)),
        **_manifest_json(done.manifest),
        "closings": {"versions": done.closings.versions, "broken": list(done.closings.broken)},
        "access_log": {"rows": done.access_rows, "first_break": done.access_break},
        "sending": "held",
    }


def _restored_text(done: RestoreReport) -> Iterator[str]:
    manifest, closings = done.manifest, done.closings
    yield from _tables(manifest)
    yield ""
    whole = f"whole: {done.access_rows} rows"
    broken = f"BROKEN: row {done.access_break} does not follow from the one before"
    yield from fields(
        [
            *_about(manifest),
            ("closed months", f"{closings.versions - len(closings.broken)} of {closings.versions} hold together"),
            ("access log", whole if done.access_break is None else broken),
            ("sending", "held: nothing goes out until you say so"),
        ]
    )
    for one in closings.broken:
        yield f"BROKEN: {one} does not have its hash"
    yield ""
    yield "What to do next:"
    yield f"1. hand in again every message that came after {table_text(manifest.made_at)}: hemgang ingest FILE…"
    yield "   (what is stored counts as duplicate)"
    yield "2. hemgang sending status                what waits, once it has been looked at again: hemgang run"
    yield "3. hemgang sending release --by NAME     when that is right; reads what had been delivered"
