"""`hemgang sending`: whether alerts go out; held after a restore until a person lets them go.

Shows whether alerts go out, holds them, lets them go.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.params import DatabaseOption, FormatOption, Place, examples, kept_text, now_or, place
from hemgang.i18n.formats import iso_text
from hemgang.services.delivery_journal import journal_entries
from hemgang.services.restore_guard import MachineState
from hemgang.settings import read_settings
from hemgang.store import installation, monitoring
from hemgang.store.installation import HoldReason

ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides it; kept with the state.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("status", epilog=examples("hemgang sending status"))(status)
    group.command("hold", epilog=examples('hemgang sending hold --by "B. Lind"'))(hold)
    group.command(
        "release",
        epilog=examples(
            'hemgang sending release --by "B. Lind"',
            'hemgang sending release --by "B. Lind" --journal /mnt/other-host/state/journal',
        ),
    )(release)
    app.add_typer(group, name="sending", help="Whether alerts go out.")


def status(context: typer.Context, form: FormatOption = Format.TABLE, database: DatabaseOption = None) -> None:
    """Show whether alerts go out, and what waits in the outbox by state.

    After a restore they are held: what had been decided since the backup is decided again, and somebody must look
    before it is sent.
    """
    pass  # dropped import

    show(place(context, database), form=form)


def hold(
    context: typer.Context, by: ByOption, form: FormatOption = Format.TABLE, database: DatabaseOption = None
) -> None:
    """Let no alert go out until it is released; everything is still decided and waits in the outbox."""
    pass  # dropped import

    hold_it(place(context, database), by=by, form=form)


def release(
    context: typer.Context,
    by: ByOption,
    journal: Annotated[
        list[Path] | None,
        typer.Option(
            "--journal",
            metavar="FOLDER",
            help="A folder in which an engine noted what it delivered; what stands there is not sent again. May be "
            "repeated, one for each machine; without it this machine's own.",
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    database: DatabaseOption = None,
) -> None:
    """Let alerts go out again, but for those that a journal says were delivered."""
    pass  # dropped import

    release_it(place(context, database), by=by, journals=journal or [], form=form)


_LONGEST_NAME = 128


def show(place: Place, *, form: Format) -> None:
    """Show the state."""
    with database_at(place) as database, database.reading() as session:
        _print(session, form)


def hold_it(place: Place, *, by: str, form: Format) -> None:
    """Hold, and show the state; what is held already stays as it is.

    Raises:
        WrongUse: the name cannot be kept.
    """
    name = kept_text(by, "--by", longest=_LONGEST_NAME)
    with database_at(place) as database, database.writing() as session:
        installation.hold_delivery(session, why=HoldReason.BY_HAND, by=name, now=now_or(None))
        _print(session, form)


def release_it(place: Place, *, by: str, journals: Sequence[Path], form: Format) -> None:
    """Take the journals in and release; show the state.

    Raises:
        WrongUse: the name cannot be kept, or a folder is not there.
    """
    name = kept_text(by, "--by", longest=_LONGEST_NAME)
    missing = next((folder for folder in journals if not folder.is_dir()), None)
    if missing is not None:
        raise WrongUse(f"--journal: there is no folder {missing}")
    folders = journals or [MachineState(read_settings().state).journal]
    with database_at(place) as database, database.writing() as session:
        taken = sum(installation.record_sent_before(session, journal_entries(folder)) for folder in folders)
        installation.release_delivery(session, by=name, now=now_or(None))
        _print(session, form, taken)


def _print(session: Session, form: Format, taken: int | None = None) -> None:
    state, counts = installation.delivery_hold(session), monitoring.alerts_by_state(session)
    since = iso_text(state.since) if state.since is not None else None
    if form is Format.JSON:
        told = {"held": state.held, "why": state.why or None, "since": since, "by": state.by or None}
        print_json(told | {"journal": taken, "alerts": counts})
        return
    held = f"held: {state.why}, since {since}" if state.held else "alerts go out"
    lines = [held + (f", by {state.by}" if state.by else "")]
    if taken is not None:
        lines.append(f"{taken} delivered alerts taken from the journal; they are not sent again")
    print_lines([*lines, *(f"{number:>8}  {name}" for name, number in counts.items())])
