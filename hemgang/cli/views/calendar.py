"""Long holidays, planning starts and deadlines, laid out."""

from datetime import date

from agreements.loader import load_agreements
from calendars.deadlines import practical_due, practical_why, within_days
from calendars.planning import planning_start
from calendars.runs import long_holidays_by_third_day
from calendars.staffing import STANDARD, StaffingRule
from calendars.zone import local_date
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import fields, table
from hemgang.cli.views.moments import iso, read_time, written


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
    start = planning_start(rule, notice)
    why = start.why + remark
    if form is Format.JSON:
        print_json({"starts_at": iso(start.starts_at), "why": why})
    else:
        print_lines(fields([("planning starts", written(start.starts_at)), ("why", why)]))


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
                "strict_due": iso(found.strict_due),
                "extended_day": found.extended_day.isoformat(),
                "extended_due": iso(found.extended_due),
                "practical_due": iso(practical),
                "why": why,
            }
        )
        return
    lines = [
        ("day 0", found.day0),
        ("last day", found.last_day),
        ("strict due", written(found.strict_due)),
        ("extended to", found.extended_day),
        ("in practice", written(practical)),
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
