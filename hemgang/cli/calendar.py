"""`hemgang calendar`: long holidays, planning starts and deadlines, without a database.

Long holidays, planning starts and deadlines, laid out.
"""

from datetime import date
from typing import Annotated

import typer

from agreements.loader import load_agreements
from calendars.deadlines import planning_start as deadlines_planning_start
from calendars.deadlines import practical_due, practical_why, within_days
from calendars.holidays import long_holidays_by_third_day
from calendars.staffing import STANDARD, StaffingRule
from calendars.timezone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, fields, print_json, print_lines, table
from hemgang.cli.params import FormatOption, examples, read_time
from hemgang.i18n.formats import iso_text, table_text

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
    pass  # dropped import

    list_third_days(year, form=form)


def planning_start(
    time: TimeArgument,
    agreement: AgreementOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say when planning starts on an admission notice, and why.

    Standard hours: working days 08-17 and the third day of a long holiday.
    """
    pass  # dropped import

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
    pass  # dropped import

    show_deadline(time, days, agreement=agreement, form=form)


def list_third_days(year: int, *, form: Format) -> None:
    """List the long holidays whose third day falls in a year.

    Raises:
        WrongUse: the calendar does not know the year.
    """
    try:
        found = long_holidays_by_third_day(year)
    except ValueError:
        raise WrongUse(f"YEAR: {year} lies outside 1991 to 2198") from None
    if form is Format.JSON:
        print_json(
            [
                {
                    "start": run.start.isoformat(),
                    "end": run.end.isoformat(),
                    "days": run.days,
                    "third_day": run.third_day.isoformat(),
                    "names": list(run.names),
                }
                for run in found
            ]
        )
        return
    rows = [(run.start, run.end, run.days, f"{run.third_day:%Y-%m-%d}", ", ".join(run.names)) for run in found]
    print_lines(table(("start", "end", "days", "third day", "names"), rows, right=(2,)))


def show_planning_start(time: str, *, agreement: str | None, form: Format) -> None:
    """Say when planning starts on an admission notice sent at a time.

    Raises:
        WrongUse: the time cannot be read.
        UnknownAgreement: there is no agreement of that name.
    """
    notice = read_time(time, "TIME")
    rule, remark = _rule(agreement, local_date(notice))
    start = deadlines_planning_start(rule, notice)
    why = start.why + remark
    if form is Format.JSON:
        print_json({"starts_at": iso_text(start.starts_at), "why": why})
    else:
        print_lines(fields([("planning starts", table_text(start.starts_at)), ("why", why)]))


def show_deadline(time: str, days: int, *, agreement: str | None, form: Format) -> None:
    """Say when "within some days from" a message ends.

    Raises:
        WrongUse: the time cannot be read, or the deadline lies outside the calendar.
        UnknownAgreement: there is no agreement of that name.
    """
    sent = read_time(time, "TIME")
    rule, remark = _rule(agreement, local_date(sent))
    try:
        found = within_days(sent, days)
        practical = practical_due(rule, found.strict_due)
        why = f"{found.why}; {practical_why(rule, found.strict_due)}{remark}"
    except ValueError:
        raise WrongUse(f"DAYS: {days} days after {time} lies outside the calendar, which ends with 2199") from None
    if form is Format.JSON:
        print_json(
            {
                "day0": found.day0.isoformat(),
                "last_day": found.last_day.isoformat(),
                "strict_due": iso_text(found.strict_due),
                "extended_day": found.extended_day.isoformat(),
                "extended_due": iso_text(found.extended_due),
                "practical_due": iso_text(practical),
                "why": why,
            }
        )
        return
    lines = [
        ("day 0", found.day0),
        ("last day", found.last_day),
        ("strict due", table_text(found.strict_due)),
        ("extended to", found.extended_day),
        ("in practice", table_text(practical)),
        ("why", why),
    ]
    print_lines(fields(lines))


def _rule(agreement: str | None, on: date) -> tuple[StaffingRule, str]:
    """Return the staffed hours to reckon with, and a remark where the agreement is not in force on the date."""
    if agreement is None:
        return STANDARD, ""
    agreements = load_agreements()
    named = agreements.named(agreement)
    nearest = max(on, named.valid_from)
    nearest = nearest if named.valid_to is None else min(nearest, named.valid_to)
    remark = ""
    if nearest != on:
        until = f" to {named.valid_to}" if named.valid_to else ""
        remark = (
            f"; {named.name} is not in force on {on} but from {named.valid_from}{until}, its rule is used all the same"
        )
    return agreements.terms_of(agreement, nearest).planning.value, remark
