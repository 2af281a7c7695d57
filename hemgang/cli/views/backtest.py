"""Shows many months under several agreements side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.figures import figures_json, kr, month_json
from hemgang.cli.views.moments import now_or
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_name, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.cli.views.worlds import world_json, worlds_of
from hemgang.engine.outlook import read_region
from hemgang.liability.month import Month
from hemgang.outlook.backtest import Sums, Tried, backtest, months_between
from hemgang.outlook.errors import OutlookRefused
from hemgang.scope import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be computed, as the user wrote it."""

    region: str
    first: str
    last: str
    agreements: Sequence[str]


def show_backtest(place: Place, scope: Scope, wanted: Wanted, *, form: Format, now: str | None) -> None:
    """Compute months under each agreement named, and show what is in the scope.

    Raises:
        WrongUse: region, a month, an agreement or the time is wrong, or outside the scope.
        OutlookRefused: an agreement is given twice, or nobody was ready in any of the months.
    """
    region, known_at = region_code(wanted.region), now_or(now)
    months = months_between(Month.parse(wanted.first), Month.parse(wanted.last))
    if not wanted.agreements:
        raise WrongUse("--agreement is needed, once for each agreement that is to be tried")
    refuse_outside(scope, region=region, payer=None, commit=False)
    reading = reader(f"{region} {months[0]} to {months[-1]}")
    with installation_at(place) as installation:
        log_reading(installation.database, reading, action="backtest")
        known = read_region(installation.database, region, installation.rules, known_at=known_at, months=months)
        facts, book = known.at(known_at)
    worlds = worlds_of(wanted.agreements, book.agreements, region=region, wanted=months[-1].first)
    tried = backtest(facts, months, worlds, book)
    if not any(one.months or one.problem for one in tried):
        raise OutlookRefused(f"county {region} has nobody who was ready from {months[0]} to {months[-1]}")
    shown = [within_scope(scope, one, region) for one in tried]
    if form is Format.JSON:
        print_json(backtest_json(region, months, shown))
    else:
        print_lines([f"{region}, {months[0]} to {months[-1]}", "", *backtest_text(months, shown)])


def backtest_json(region: str, months: Sequence[Month], tried: Sequence[Tried]) -> dict[str, object]:
    """Return the months under each agreement as JSON carries them."""
    return {
        "region": region,
        "first": str(months[0]),
        "last": str(months[-1]),
        "agreements": [_tried_json(one, months) for one in tried],
    }


def within_scope(scope: Scope, one: Tried, region: str) -> Tried:
    """Return what a scope shows of the months."""
    if scope.shows(region, ()):
        return one
    return replace(one, months={key: found for key, found in one.months.items() if key[0] in scope.payers})


def _tried_json(one: Tried, months: Sequence[Month]) -> dict[str, object]:
    payers = sorted({payer for payer, _ in one.months})
    return {
        **world_json(one.world),
        "problem": one.problem,
        "unpriced": [str(month) for month in one.unpriced],
        **figures_json(one.total()),
        "months": [{"month": str(month), **figures_json(one.of_month(month))} for month in months],
        "payers": [
            {
                "payer": payer,
                **figures_json(one.of_payer(payer)),
                "months": [
                    {"month": str(month), **month_json(found)}
                    for (of, month), found in one.months.items()
                    if of == payer
                ],
            }
            for payer in payers
        ],
    }


def backtest_text(months: Sequence[Month], tried: Sequence[Tried]) -> Iterator[str]:
    """Yield a table by month and one by payer, and what could not be computed."""
    heads = [f"{what}, {one.world.label}" for one in tried for what in ("days", "kr")]
    right = range(1, len(heads) + 1)
    rows = [(str(month), *_cells(one.of_month(month) for one in tried)) for month in months]
    yield from table(("month", *heads), [*rows, ("in all", *_cells(one.total() for one in tried))], right=right)
    yield ""
    payers = sorted({payer for one in tried for payer, _ in one.months})
    of_payers = [(payer_name(payer), *_cells(one.of_payer(payer) for one in tried)) for payer in payers]
    yield from table(("payer", *heads), of_payers, right=right)
    for one in tried:
        if one.problem:
            yield f"{one.world.label} cannot be computed: {one.problem}"
        if one.unpriced:
            named = ", ".join(map(str, one.unpriced))
            yield f"{one.world.label}: the amount a care day is not known for {named}; those months are in care days"


def _cells(sums: Iterator[Sums]) -> Iterator[object]:
    for one in sums:
        yield one.care_days
        yield kr(one.amount)
