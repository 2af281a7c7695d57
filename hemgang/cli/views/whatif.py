"""Shows a month under two agreements, and the difference definition by definition."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from hemgang.cli.errors import WrongUse
from hemgang.cli.options import Place
from hemgang.cli.output import Format, note, print_json, print_lines
from hemgang.cli.table import table
from hemgang.cli.views.figures import figures_json, kr, month_json, signed, signed_kr
from hemgang.cli.views.moments import now_or
from hemgang.cli.views.opening import installation_at
from hemgang.cli.views.places import payer_name, region_code
from hemgang.cli.views.reading import log_reading, reader
from hemgang.cli.views.scoping import refuse_outside
from hemgang.cli.views.worlds import world_json, worlds_of
from hemgang.engine.outlook import read_region
from hemgang.liability.month import Month
from hemgang.outlook.errors import OutlookRefused
from hemgang.outlook.payer_months import PayerMonth, less, sum_of
from hemgang.outlook.whatif import Effect, Step, WhatIf, what_if
from hemgang.scope import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be compared, as the user wrote it."""

    region: str
    month: str
    agreements: Sequence[str]


def show_what_if(place: Place, scope: Scope, wanted: Wanted, *, form: Format, now: str | None) -> None:
    """Hold a month under one agreement against the same under another, and show what is in the scope.

    Raises:
        WrongUse: region, month, an agreement or the time is wrong, or outside the scope.
        OutlookRefused: the two agreements are the same, or nobody was ready in the month.
    """
    region, month, known_at = region_code(wanted.region), Month.parse(wanted.month), now_or(now)
    if len(wanted.agreements) != 2:
        raise WrongUse("--agreement is to be given twice: the difference is from the first to the second")
    refuse_outside(scope, region=region, payer=None, commit=False)
    reading = reader(f"{region} {month}")
    with installation_at(place) as installation:
        log_reading(installation.database, reading, action="whatif")
        known = read_region(installation.database, region, installation.rules, known_at=known_at, months=(month,))
        facts, book = known.at(known_at)
    first, second = worlds_of(wanted.agreements, book.agreements, region=region, wanted=month.first)
    found = what_if(facts, month, first=first, second=second, book=book)
    if not found.payers:
        raise OutlookRefused(f"county {region} has nobody who was ready in {month}")
    found = _within(scope, found)
    if form is Format.JSON:
        print_json(what_if_json(found))
    else:
        print_lines(_text(found))
    if any(one.amount is None for pair in found.payers.values() for one in pair):
        note("the amount a care day is not known for every charged day; such amounts are left out")


def what_if_json(found: WhatIf) -> dict[str, object]:
    """Return the comparison as JSON carries it; the effects of the steps add up to the differences."""
    return {
        "region": found.region,
        "month": str(found.month),
        "first": world_json(found.first),
        "second": world_json(found.second),
        "payers": [
            {
                "payer": payer,
                "first": month_json(own),
                "second": month_json(other),
                "difference": figures_json(_difference(own, other)),
            }
            for payer, (own, other) in found.payers.items()
        ],
        "steps": [_step_json(step) for step in found.steps],
        "difference": figures_json(_total(found.payers)),
        "episodes": [
            {
                "payer": one.payer,
                "episode": one.episode,
                "period": one.period,
                "only_first": [day.isoformat() for day in one.only_first],
                "only_second": [day.isoformat() for day in one.only_second],
            }
            for one in found.episodes
        ],
    }


def _step_json(step: Step) -> dict[str, object]:
    return {
        "definition": step.definition.value,
        "differences": [{"key": one.key, "first": one.first, "second": one.second} for one in step.differences],
        **figures_json(_sum(step.effects)),
        "effects": [{"payer": payer, **figures_json(effect)} for payer, effect in step.effects.items()],
    }


def _within(scope: Scope, found: WhatIf) -> WhatIf:
    if scope.shows(found.region, ()):
        return found
    steps = (
        replace(step, effects={payer: one for payer, one in step.effects.items() if payer in scope.payers})
        for step in found.steps
    )
    return replace(
        found,
        payers={payer: pair for payer, pair in found.payers.items() if payer in scope.payers},
        steps=tuple(steps),
        episodes=tuple(one for one in found.episodes if one.payer in scope.payers),
    )


def _text(found: WhatIf) -> Iterator[str]:
    first, second = found.first.label, found.second.label
    yield f"{found.region} {found.month}: {first} -> {second}"
    yield ""
    rows: list[tuple[object, ...]] = [
        (payer_name(payer), own.care_days, kr(own.amount), other.care_days, kr(other.amount), *_signed(own, other))
        for payer, (own, other) in found.payers.items()
    ]
    total = _total(found.payers)
    rows.append(("in all", "", "", "", "", signed(total.care_days), signed_kr(total.amount)))
    columns = ("payer", "days, first", "kr, first", "days, second", "kr, second", "days +/-", "kr +/-")
    yield from table(columns, rows, right=range(1, 7))
    yield ""
    yield from table(("definition", "days +/-", "kr +/-", "from the first to the second"), _step_rows(found.steps))
    if found.episodes:
        yield ""
        heads = ("payer", "episode", "period", "charged only by the first", "only by the second")
        yield from table(heads, _days(found))


def _step_rows(steps: Sequence[Step]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for step in steps:
        effect = _sum(step.effects)
        words = "; ".join(f"{one.key}: {one.first} -> {one.second}" for one in step.differences)
        rows.append((step.definition.value, signed(effect.care_days), signed_kr(effect.amount), words))
    return rows


def _days(found: WhatIf) -> list[tuple[object, ...]]:
    return [
        (
            payer_name(one.payer),
            one.episode,
            one.period,
            " ".join(f"{day:%m-%d}" for day in one.only_first),
            " ".join(f"{day:%m-%d}" for day in one.only_second),
        )
        for one in found.episodes
    ]


def _signed(own: PayerMonth, other: PayerMonth) -> tuple[str, str | None]:
    difference = _difference(own, other)
    return signed(difference.care_days), signed_kr(difference.amount)


def _difference(own: PayerMonth, other: PayerMonth) -> Effect:
    return Effect(other.care_days - own.care_days, less(other.amount, own.amount))


def _total(payers: Mapping[str, tuple[PayerMonth, PayerMonth]]) -> Effect:
    return _sum({payer: _difference(*pair) for payer, pair in payers.items()})


def _sum(effects: Mapping[str, Effect]) -> Effect:
    found = list(effects.values())
    return Effect(sum((one.care_days for one in found), Fraction(0)), sum_of(one.amount for one in found))
