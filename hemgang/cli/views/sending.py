"""Shows whether alerts go out, holds them, lets them go."""

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.views.choices import kept_text
from hemgang.cli.views.moments import iso, now_or
from hemgang.cli.views.opening import database_at
from hemgang.engine.journal import read_back
from hemgang.engine.seen import State
from hemgang.settings import read_settings
from hemgang.store import outcomes, sending
from hemgang.store.sending import Why

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
        sending.hold(session, why=Why.BY_HAND, by=name, now=now_or(None))
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
    folders = journals or [State(read_settings().state).journal]
    with database_at(place) as database, database.writing() as session:
        taken = sum(sending.remember_sent(session, read_back(folder)) for folder in folders)
        sending.release(session, by=name, now=now_or(None))
        _print(session, form, taken)


def _print(session: Session, form: Format, taken: int | None = None) -> None:
    state, counts = sending.state(session), outcomes.alerts_by_state(session)
    since = iso(state.since) if state.since is not None else None
    if form is Format.JSON:
        told = {"held": state.held, "why": state.why or None, "since": since, "by": state.by or None}
        print_json(told | {"journal": taken, "alerts": counts})
        return
    held = f"held: {state.why}, since {since}" if state.held else "alerts go out"
    lines = [held + (f", by {state.by}" if state.by else "")]
    if taken is not None:
        lines.append(f"{taken} delivered alerts taken from the journal; they are not sent again")
    print_lines([*lines, *(f"{number:>8}  {name}" for name, number in counts.items())])
