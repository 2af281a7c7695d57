"""`hemgang sending`: whether alerts go out; held after a restore until a person lets them go."""

from pathlib import Path
from typing import Annotated

import typer

from hemgang.cli.options import DatabaseOption, FormatOption, examples, place
from hemgang.cli.output import Format

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
    from hemgang.cli.views.sending import show

    show(place(context, database), form=form)


def hold(
    context: typer.Context, by: ByOption, form: FormatOption = Format.TABLE, database: DatabaseOption = None
) -> None:
    """Let no alert go out until it is released; everything is still decided and waits in the outbox."""
    from hemgang.cli.views.sending import hold_it

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
    from hemgang.cli.views.sending import release_it

    release_it(place(context, database), by=by, journals=journal or [], form=form)
