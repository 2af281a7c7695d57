"""The agreements: listed, shown on a date, held against each other, checked."""

from datetime import date as Date
from pathlib import Path

from agreements.check import check
from agreements.errors import ParameterNotInForce
from agreements.loader import load_agreements, load_rates, read_agreements
from agreements.model import Agreement
from agreements.register import Agreements
from agreements.sources import read_sources
from agreements.toml_text import SHIPPED
from calendars.zone import local_date
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.agreement_terms import agreement_json, agreement_text, difference_rows, head_json
from hemgang.cli.views.moments import now_or, read_date


def list_agreements(*, form: Format) -> None:
    """List every agreement."""
    agreements = load_agreements()
    found = [agreements.named(name) for name in agreements.names()]
    if form is Format.JSON:
        print_json([head_json(one) for one in found])
        return
    rows = [(one.name, one.region, one.valid_from, one.valid_to, one.version, one.title) for one in found]
    print_lines(table(("name", "region", "from", "to", "version", "title"), rows))


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
    rows = difference_rows(agreements.terms_of(first, on), agreements.terms_of(second, on))
    if form is Format.JSON:
        print_json([{"name": name, "first": own, "second": other} for name, own, other in rows])
    else:
        print_lines(table(("on " + on.isoformat(), first, second), rows))


def check_agreements(sources: Path | None, *, form: Format) -> bool:
    """Check the dates and quotes of the shipped agreements and rates; return whether nothing is amiss.

    Raises:
        SourceNotFound: there are no source texts in the folder.
        AgreementFileError: a file cannot be read at all.
    """
    problems = check(read_agreements(SHIPPED), sources=read_sources(sources), rates=load_rates())
    if form is Format.JSON:
        print_json(
            [
                {"code": one.code, "file": one.file, "line": one.line, "key": one.key, "message": one.message}
                for one in problems
            ]
        )
    elif problems:
        rows = [(one.code, one.file, one.line, one.key, one.message) for one in problems]
        print_lines(table(("problem", "file", "line", "key", "what is amiss"), rows, right=(2,)))
    else:
        print_lines(["nothing amiss: no gap or overlap of dates, and every quote stands in its source"])
    return not problems


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
