"""`hemgang agreements diff --region --year`: what a change of an agreement comes to on what is stored of a county."""

from dataclasses import dataclass

from agreements.diff import changed_terms
from agreements.loader import load_agreements
from hemgang.cli.agreements import change_json, versions_text
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader
from hemgang.cli.output import Format, print_json, print_lines, words
from hemgang.cli.params import Place, now_or, read_date, region_code
from hemgang.cli.whatif import backtest_json, backtest_text
from hemgang.i18n.catalogue import phrase
from hemgang.liability.model import FIRST_DATE, Month
from hemgang.messages.identity_numbers import redacted
from hemgang.outlook.scenarios import Scenario, as_if, months_between
from hemgang.queries.outlook import backtest_agreements, read_region_as
from hemgang.scope import Scope


@dataclass(frozen=True, slots=True)
class VersionChange:
    """Which agreement, between which dates, on which region's year, as the user wrote it."""

    name: str
    before: str
    after: str
    region: str
    year: str


def show_effect(change: VersionChange, place: Place, scope: Scope, *, form: Format, now: str | None) -> None:
    """Show what changed, and the year's months under each of the two versions as if it had always governed.

    Raises:
        UnknownAgreement, ParameterNotInForce: there is no such agreement, or it does not hold on one of the dates.
        WrongUse: a date, the region, the year or the time is wrong, or outside the scope.
        OutlookRefused: the dates are the same, or nothing of the region is stored.
    """
    days = read_date(change.before, "--from"), read_date(change.after, "--to")
    region, year, known_at = region_code(change.region), _year(change.year), now_or(now)
    every = load_agreements()
    changes = changed_terms(every, change.name, *days)
    months = months_between(Month(year, 1), Month(year, 12))
    by = reader(f"{region} {year}")
    with installation_at(place) as installation:
        read = read_region_as(
            installation, by, scope, region=region, known_at=known_at, action="agreements diff", months=months
        )
    worlds = [Scenario(change.name, on, as_if(every, change.name, on=on, region=region)) for on in days]
    tried = backtest_agreements(read, lambda _: worlds, months, known_at=known_at)
    if form is Format.JSON:
        told = [change_json(one, before="before", after="after") for one in changes]
        print_json({"changes": told, "effect": backtest_json(region, months, tried)})
        return
    lines = versions_text(change.name, days, changes, every)
    effect = words("agreement.effect", region=region, year=year)
    print_lines([*lines, "", effect, "", *backtest_text(months, tried)])


def _year(text: str) -> int:
    if not (len(text) == len("2023") and text.isascii() and text.isdigit() and FIRST_DATE.year <= int(text) <= 2100):
        raise WrongUse(phrase("agreement.no_year", year=redacted(text), first=FIRST_DATE.year))
    return int(text)
