"""`hemgang calendar`: long holidays, planning starts and deadlines, without a database."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from agreements.loader import load_agreements
from calendars.deadlines import DateDeadline, practical_due, within_days
from calendars.deadlines import planning_start as planning_start_of
from calendars.holidays import LongHoliday, long_holidays_by_third_day
from calendars.staffing import STANDARD, StaffingRule
from calendars.timezone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, fields, joined, print_json, print_lines, table
from hemgang.cli.params import FormatOption, examples, read_time
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.deadlines import deadline_phrase, planning_phrase, practical_phrase
from hemgang.i18n.formats import iso_text

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
    try:
        found = long_holidays_by_third_day(year)
    except ValueError:
        raise WrongUse(phrase("cli_operation.no_such_year", year=str(year))) from None
    if form is Format.JSON:
        print_json([_holiday_json(run) for run in found])
        return
    rows = [(run.start, run.end, run.days, run.third_day, joined(run.names)) for run in found]
    print_lines(table(("start", "end", "days", "third_day", "names"), rows, right=(2,)))


def planning_start(
    time: TimeArgument,
    agreement: AgreementOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say when planning starts on an admission notice, and why.

    Standard hours: working days 08-17 and the third day of a long holiday.
    """
    notice = read_time(time, "TIME")
    rule, remark = _rule(agreement, local_date(notice))
    start = planning_start_of(rule, notice)
    why = _remarked(planning_phrase(start), remark)
    if form is Format.JSON:
        print_json({"starts_at": iso_text(start.starts_at), "why": str(why)})
    else:
        print_lines(fields([("planning_starts", start.starts_at), ("why", why)]))


def deadline(
    time: TimeArgument,
    days: Annotated[int, typer.Argument(metavar="DAYS", min=0, max=10_000, help="The date of TIME is day 0.")],
    agreement: AgreementOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say when "within DAYS days" from a message ends.

    Strictly, extended to a working day, and in practice: the last staffed moment before the strict end.
    """
    sent = read_time(time, "TIME")
    rule, remark = _rule(agreement, local_date(sent))
    try:
        found = within_days(sent, days)
        practical = practical_due(rule, found.strict_due)
        why = phrase(
            "cli_operation.why_practical",
            strict=deadline_phrase(found, sent),
            practical=practical_phrase(rule, found.strict_due),
        )
    except ValueError:
        raise WrongUse(phrase("cli_operation.outside_calendar", days=str(days), time=time)) from None
    remarked = _remarked(why, remark)
    if form is Format.JSON:
        print_json(_deadline_json(found, practical, remarked))
    else:
        print_lines(fields(_deadline_fields(found, practical, remarked)))


def _holiday_json(run: LongHoliday) -> dict[str, Any]:
    return {
        "start": run.start.isoformat(),
        "end": run.end.isoformat(),
        "days": run.days,
        "third_day": run.third_day.isoformat(),
        "names": list(run.names),
    }


def _deadline_json(found: DateDeadline, practical: datetime, why: Phrase) -> dict[str, Any]:
    return {
        "day0": found.day0.isoformat(),
        "last_day": found.last_day.isoformat(),
        "strict_due": iso_text(found.strict_due),
        "extended_day": found.extended_day.isoformat(),
        "extended_due": iso_text(found.extended_due),
        "practical_due": iso_text(practical),
        "why": str(why),
    }


def _deadline_fields(found: DateDeadline, practical: datetime, why: Phrase) -> list[tuple[str, object]]:
    return [
        ("day_zero", found.day0),
        ("last_day", found.last_day),
        ("strict_due", found.strict_due),
        ("extended_to", found.extended_day),
        ("in_practice", practical),
        ("why", why),
    ]


def _rule(agreement: str | None, on: date) -> tuple[StaffingRule, Phrase | None]:
    """Return the staffed hours to reckon with, and a remark where the agreement is not in force on the date."""
    if agreement is None:
        return STANDARD, None
    agreements = load_agreements()
    named = agreements.named(agreement)
    nearest = max(on, named.valid_from)
    nearest = nearest if named.valid_to is None else min(nearest, named.valid_to)
    rule = agreements.terms_of(agreement, nearest).planning.value
    if nearest == on:
        return rule, None
    key = "not_in_force" if named.valid_to is None else "not_in_force_between"
    return rule, phrase(
        f"cli_operation.{key}", agreement=named.name, date=on, first=named.valid_from, last=named.valid_to
    )


def _remarked(why: Phrase, remark: Phrase | None) -> Phrase:
    return why if remark is None else phrase("cli_operation.why_remarked", why=why, remark=remark)
