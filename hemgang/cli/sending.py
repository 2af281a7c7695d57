"""`hemgang sending`: whether alerts go out; held after a restore until a person lets them go."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import database_at
from hemgang.cli.output import Format, print_json, print_lines, table, words
from hemgang.cli.params import DatabaseOption, FormatOption, examples, now_or, person_name, place
from hemgang.duties.model import AlertState
from hemgang.i18n.catalogue import name_phrase, phrase
from hemgang.i18n.formats import iso_text
from hemgang.services.restore_guard import MachineState, journal_entries
from hemgang.settings import read_settings
from hemgang.store import installation, monitoring
from hemgang.store.installation import DeliveryHold, HoldReason

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
    with database_at(place(context, database)) as opened, opened.reading() as session:
        _show(session, form)


def hold(
    context: typer.Context, by: ByOption, form: FormatOption = Format.TABLE, database: DatabaseOption = None
) -> None:
    """Let no alert go out until it is released; everything is still decided and waits in the outbox."""
    name = person_name(by, "--by")
    with database_at(place(context, database)) as opened, opened.writing() as session:
        installation.hold_delivery(session, why=HoldReason.BY_HAND, by=name, now=now_or(None))
        _show(session, form)


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
    name = person_name(by, "--by")
    missing = next((folder for folder in journal or () if not folder.is_dir()), None)
    if missing is not None:
        raise WrongUse(phrase("cli_operation.no_folder", option="--journal", folder=str(missing)))
    folders = journal or [MachineState(read_settings().state).journal]
    with database_at(place(context, database)) as opened, opened.writing() as session:
        delivered = sum(installation.record_sent_before(session, journal_entries(folder)) for folder in folders)
        installation.release_delivery(session, by=name, now=now_or(None))
        _show(session, form, delivered)


def _show(session: Session, form: Format, delivered: int | None = None) -> None:
    state, counts = installation.delivery_hold(session), monitoring.alerts_by_state(session)
    if form is Format.JSON:
        print_json(_state_json(state, delivered, counts))
    else:
        print_lines(_state_text(state, delivered, counts))


def _state_json(state: DeliveryHold, delivered: int | None, counts: Mapping[str, int]) -> dict[str, object]:
    return {
        "held": state.held,
        "why": state.why or None,
        "since": iso_text(state.since),
        "by": state.by or None,
        "journal": delivered,
        "alerts": counts,
    }


def _state_text(state: DeliveryHold, delivered: int | None, counts: Mapping[str, int]) -> Iterator[str]:
    reason = name_phrase(HoldReason(state.why)) if state.held else ""
    key = f"{'held' if state.held else 'going_out'}{'_by' if state.by else ''}"
    yield words(f"cli_operation.sending.{key}", reason=reason, since=state.since, by=state.by)
    if delivered is not None:
        yield words("cli_operation.sending.delivered_before", count=delivered)
    yield ""
    yield from table(("alerts", "state"), [(count, AlertState(name)) for name, count in counts.items()], right=(0,))
