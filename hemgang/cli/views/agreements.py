"""The agreements: listed, shown on a date, held against each other or against their own earlier version."""

from datetime import date as Date

from agreements.changes import changed_terms, differences
from agreements.errors import ParameterNotInForce
from agreements.loader import load_agreements
from agreements.model import Agreement
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.agreement_terms import (
    agreement_json,
    agreement_text,
    change_json,
    change_row,
    head_json,
    suspended_days,
)
from hemgang.cli.views.moments import now_or, read_date


def list_agreements(*, form: Format) -> None:
    """List every agreement."""
    agreements = load_agreements()
    found = [agreements.named(name) for name in agreements.names()]
    if form is Format.JSON:
        print_json([head_json(one) for one in found])
        return
    rows = [
        (one.name, one.region, one.valid_from, one.valid_to, one.approved, suspended_days(one), one.version, one.title)
        for one in found
    ]
    print_lines(table(("name", "region", "from", "to", "approved", "suspended", "version", "title"), rows))


def show_agreement(name: str, *, date: str | None, form: Format, now: str | None) -> None:
    """Show what an agreement says on a date.

    Raises:
        UnknownAgreement: there is no agreement of that name.
        ParameterNotInForce: it does not hold on the date that was asked for.
        WrongUse: the date is none.
    """
    agreements = load_agreements()
    on = _day(agreements, (name,), date, now)
    agreement, terms = agreements.named(name), agreements.terms_of(name, on)
    if form is Format.JSON:
        print_json(agreement_json(agreement, terms, on))
    else:
        print_lines(agreement_text(agreement, terms, on))


def compare_agreements(
    first: str,
    second: str,
    *,
    date: str | None,
    form: Format,
    now: str | None,
) -> None:
    """Show what two agreements say differently on a date; None where one says nothing of it.

    Raises:
        UnknownAgreement: there is no agreement of a name.
        ParameterNotInForce: there is no date on which both hold, or one does not on the date that was asked for.
        WrongUse: the date is none.
    """
    agreements = load_agreements()
    on = _day(agreements, (first, second), date, now)
    changes = differences(agreements.terms_of(first, on), agreements.terms_of(second, on))
    if form is Format.JSON:
        print_json([change_json(change, before="first", after="second") for change in changes])
    else:
        rows = [change_row(change) for change in changes]
        print_lines(table((f"on {on.isoformat()}", first, second, "clause"), rows))


def compare_versions(name: str, *, before: str, after: str, form: Format) -> None:
    """Show what one agreement says differently on two dates, each with its clause.

    Raises:
        UnknownAgreement: there is no agreement of that name.
        ParameterNotInForce: it does not hold on one of the dates.
        WrongUse: a date is none.
    """
    days = read_date(before, "--from"), read_date(after, "--to")
    changes = changed_terms(load_agreements(), name, *days)
    if form is Format.JSON:
        print_json([change_json(change, before="before", after="after") for change in changes])
        return
    first, second = (day.isoformat() for day in days)
    if changes:
        print_lines(table((name, first, second, "clause"), [change_row(change) for change in changes]))
    else:
        print_lines([f"{name} says the same on {first} and {second}"])


def _day(agreements: Agreements, names: tuple[str, ...], date: str | None, now: str | None) -> Date:
    """Return the date asked for; else today, or the nearest date on which all of the agreements hold."""
    found = [agreements.named(name) for name in names]
    if date is not None:
        return read_date(date, "--date")
    today = local_date(now_or(now))
    first, last = _common(found)
    day = max(first, today if last is None else min(today, last))
    if day != today:
        note(f"{' and '.join(names)}: not in force on {today}; shown as on {day}")
    return day


def _common(found: list[Agreement]) -> tuple[Date, Date | None]:
    first = max(one.valid_from for one in found)
    ends = [one.valid_to for one in found if one.valid_to is not None]
    last = min(ends, default=None)
    if last is not None and last < first:
        names = ", ".join(one.name for one in found)
        raise ParameterNotInForce(agreement=names, name="agreement", day=first, dates="on no common date")
    return first, last
