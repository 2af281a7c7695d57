"""`hemgang calendar`: long holidays, planning starts and deadlines, without a database."""

from typing import Annotated

import typer

from hemgang.cli.options import FormatOption, examples
from hemgang.cli.output import Format

TimeArgument = Annotated[str, typer.Argument(metavar="TIME", help="ISO 8601; Stockholm without offset; 2000 to 2100.")]
AgreementOption = Annotated[
    str | None,
    typer.Option("--agreement", metavar="NAME", help="Staffed hours by this agreement instead of the standard ones."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    group.command("third-days", epilog=examples("hemgang calendar third-days 2018"))(third_days)
    group.command(
        "planning-start",
        epilog=examples(
            "hemgang calendar planning-start 2018-03-29T18:05",
            "hemgang calendar planning-start 2023-04-06T17:30 --agreement jamtland-harjedalen",
        ),
    )(planning_start)
    group.command("deadline", epilog=examples("hemgang calendar deadline 2026-03-04T09:00 3"))(deadline)
    app.add_typer(group, name="calendar", help="Long holidays, planning starts and deadlines; no database.")


def third_days(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="1991 to 2198.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """List the long holidays whose third day falls in a year."""
    from hemgang.cli.views.calendar import list_third_days

    list_third_days(year, form=form)


def planning_start(
    time: TimeArgument,
    agreement: AgreementOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say when planning starts on an admission notice, and why.

    Standard hours: working days 08-17 and the third day of a long holiday.
    """
    from hemgang.cli.views.calendar import show_planning_start

    show_planning_start(time, agreement=agreement, form=form)


def deadline(
    time: TimeArgument,
    days: Annotated[int, typer.Argument(metavar="DAYS", min=0, max=10_000, help="The date of TIME is day 0.")],
    agreement: AgreementOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say when "within DAYS days" from a message ends.

    Strictly, extended to a working day, and in practice: the last staffed moment before the strict end.
    """
    from hemgang.cli.views.calendar import show_deadline

    show_deadline(time, days, agreement=agreement, form=form)
