"""What changed in one agreement between two dates, and what the change would have done to a region's year."""

from dataclasses import dataclass

from agreements.changes import changed_terms
from agreements.loader import load_agreements
from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines, shown
from hemgang.cli.table import table
from hemgang.cli.views.agreement_terms import change_json, change_row
from hemgang.cli.views.backtest import backtest_json, backtest_text, within_scope
from hemgang.cli.views.moments import now_or, read_date
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.engine.outlook import read_region
from hemgang.liability.month import FIRST_DATE, Month
from hemgang.outlook.backtest import backtest, months_between
from hemgang.outlook.imagined import World, as_if
from hemgang.scope import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which agreement, between which dates, on which region's year, as the user wrote it."""

    name: str
    before: str
    after: str
    region: str
    year: str


def show_version_effect(place: Place, scope: Scope, wanted: Wanted, *, form: Format, now: str | None) -> None:
    """Show what changed, and the year's months under each of the two versions as if it had always governed.

    Raises:
        UnknownAgreement, ParameterNotInForce: there is no such agreement, or it does not hold on one of the dates.
        WrongUse: a date, the region, the year or the time is wrong, or outside the scope.
        OutlookRefused: the dates are the same, or nothing of the region is stored.
    """
    days = read_date(wanted.before, "--from"), read_date(wanted.after, "--to")
    region, year, known_at = region_code(wanted.region), _year(wanted.year), now_or(now)
    changes = changed_terms(load_agreements(), wanted.name, *days)
    months = months_between(Month(year, 1), Month(year, 12))
    refuse_outside(scope, region=region, payer=None, commit=False)
    reading = reader(f"{region} {year}")
    with installation_at(place) as installation:
        log_reading(installation.database, reading, action="agreements diff")
        known = read_region(installation.database, region, installation.rules, known_at=known_at, months=months)
        facts, book = known.at(known_at)
    every = load_agreements()
    worlds = [World(wanted.name, on, as_if(every, wanted.name, on=on, region=region)) for on in days]
    tried = [within_scope(scope, one, region) for one in backtest(facts, months, worlds, book)]
    if form is Format.JSON:
        told = [change_json(change, before="before", after="after") for change in changes]
        print_json({"changes": told, "effect": backtest_json(region, months, tried)})
        return
    heads = (wanted.name, *(day.isoformat() for day in days), "clause")
    lines = list(table(heads, [change_row(change) for change in changes]))
    print_lines([*lines, "", f"{region} {year} under each of them:", "", *backtest_text(months, tried)])


def _year(text: str) -> int:
    if not (len(text) == len("2023") and text.isascii() and text.isdigit() and FIRST_DATE.year <= int(text) <= 2100):
        raise WrongUse(f"--year: {shown(text)!r} is not a year from {FIRST_DATE.year} to 2100")
    return int(text)
