"""`hemgang episodes` and `hemgang episode`: what is known of the stays."""

from typing import Annotated

import typer

from hemgang.cli.options import (
    NOT_SAID,
    DatabaseOption,
    DirectoryOption,
    FormatOption,
    NowOption,
    WhyOption,
    examples,
    place,
)
from hemgang.cli.output import Format


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("hemgang episodes --region 23 --state ready", "hemgang episodes --reference 7K3M-Q9TB-2XWD")
    )(episodes)
    app.command(epilog=examples('hemgang episode jh1-07 --why "question from the municipality"'))(episode)


def episodes(
    context: typer.Context,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="Only this county: its code or its name.")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only this state: unopened, admitted, planning, ready, discharged, died, cancelled; may be repeated.",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", metavar="REFERENCE", help="Only what a reference names: of a discharge, an alert, a message."
        ),
    ] = None,
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """List the episodes.

    With state, region, payer, ready periods and findings. --reference says which a received alert is about. The
    reading is kept in the access log.
    """
    from hemgang.cli.views.episodes import list_episodes
    from hemgang.cli.views.scoping import scope_of

    where = place(context, database, directory)
    list_episodes(
        where, scope_of(context), region=region, states=state, reference=reference, why=why, form=form, now=now
    )


def episode(
    context: typer.Context,
    named: Annotated[str, typer.Argument(metavar="ID", help="The episode's id.")],
    why: WhyOption = NOT_SAID,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    directory: DirectoryOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show one episode with everything that follows from it.

    States, ready periods with their clocks, duties, alerts, ledger rows and findings. The reading is kept in the
    access log, with who reads (HEMGANG_USER, else the user of the system), from which unit (HEMGANG_UNIT, else
    operator) and why.
    """
    from hemgang.cli.views.episode import show_episode
    from hemgang.cli.views.scoping import scope_of

    where = place(context, database, directory)
    show_episode(where, scope_of(context), named, why=why, form=form, now=now)
