"""`hemgang whatif`: a month under two agreements on the same rows, the difference told by definition.

`hemgang backtest`: many months under several agreements.

Shows many months under several agreements side by side.

Shows a month under two agreements, and the difference definition by definition.

Care days and öre as tables and JSON write them: fractions reduced, kronor with two decimals, null where unknown.

Agreements as a user names them to compare: NAME, NAME@DATE, or `actual` for what really governs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Annotated

import typer

from agreements.registry import Agreements
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at
from hemgang.cli.output import Format, note, print_json, print_lines, table
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    Place,
    examples,
    now_or,
    payer_name,
    place,
    read_date,
    region_code,
)
from hemgang.cli.reader import reader
from hemgang.liability.day_ledger import kronor
from hemgang.liability.model import Month
from hemgang.messages.identity_numbers import redacted
from hemgang.outlook.scenarios import (
    ACTUAL,
    PayerMonth,
    Sums,
    Tried,
    World,
    as_if,
    less,
    months_between,
    nearest_day,
    sum_of,
)
from hemgang.outlook.whatif import Effect, Step, WhatIf
from hemgang.queries.outlook import backtest_agreements, compare_agreements, read_region_as
from hemgang.scope import Scope


def backtest(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="The first month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", metavar="MONTH", help="The last month, included.")],
    agreement: Annotated[
        list[str] | None,
        typer.Option(
            "--agreement",
            metavar="NAME[@DATE]",
            help="Once for each; with the terms of DATE, else of the last month's first day. `actual` is what really "
            "governs.",
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Compute months under each agreement, as if it had always governed the region.

    By month and by payer. Where the amount a care day is not known, a month is told in care days alone.
    """
    pass  # dropped import
    from hemgang.cli.reader import scope_of

    wanted = Wanted(region=region, first=first, last=last, agreements=agreement or ())
    show_backtest(place(context, database), scope_of(context), wanted, form=form, now=now)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            "hemgang whatif 23 2023-03 --agreement jamtland-harjedalen --agreement lus",
            "hemgang whatif 19 2019-11 --agreement vastmanland@2019-09-30 --agreement actual",
        )
    )(whatif)
    app.command(
        epilog=examples("hemgang backtest 23 --from 2022-01 --to 2023-12 --agreement actual --agreement vastmanland")
    )(backtest)


def whatif(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The county: its two-digit code or its name.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")],
    agreement: Annotated[
        list[str] | None,
        typer.Option(
            "--agreement",
            metavar="NAME[@DATE]",
            help="Twice: from which to which; with the terms of DATE, else of the month's first day. `actual` is what "
            "really governs.",
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    now: NowOption = None,
    database: DatabaseOption = None,
) -> None:
    """Compute a month under two agreements, each as if it had always governed the region.

    The difference is told definition by definition, one changed at a time in a fixed order; their effects add up to
    it exactly. Then the episodes whose charged days differ.
    """
    from hemgang.cli.reader import scope_of

    pass  # dropped import

    wanted = WantedWhatif(region=region, month=month, agreements=agreement or ())
    show_what_if(place(context, database), scope_of(context), wanted, form=form, now=now)


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
    by = reader(f"{region} {months[0]} to {months[-1]}")
    scenarios = partial(worlds_of, wanted.agreements, region=region, wanted=months[-1].first)
    with installation_at(place) as installation:
        read = read_region_as(
            installation, by, scope, region=region, known_at=known_at, action="backtest", months=months
        )
    shown = backtest_agreements(read, scenarios, months, known_at=known_at, refuse_empty=True)
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


@dataclass(frozen=True, slots=True)
class WantedWhatif:
    """What is to be compared, as the user wrote it."""

    region: str
    month: str
    agreements: Sequence[str]


def show_what_if(place: Place, scope: Scope, wanted: WantedWhatif, *, form: Format, now: str | None) -> None:
    """Hold a month under one agreement against the same under another, and show what is in the scope.

    Raises:
        WrongUse: region, month, an agreement or the time is wrong, or outside the scope.
        OutlookRefused: the two agreements are the same, or nobody was ready in the month.
    """
    region, month, known_at = region_code(wanted.region), Month.parse(wanted.month), now_or(now)
    if len(wanted.agreements) != 2:
        raise WrongUse("--agreement is to be given twice: the difference is from the first to the second")
    by = reader(f"{region} {month}")
    scenarios = partial(worlds_of, wanted.agreements, region=region, wanted=month.first)
    with installation_at(place) as installation:
        read = read_region_as(
            installation, by, scope, region=region, known_at=known_at, action="whatif", months=(month,)
        )
    found = compare_agreements(read, scenarios, month, known_at=known_at)
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
            " ".join(map(str, one.only_first)),
            " ".join(map(str, one.only_second)),
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


def kr(ore: int | None) -> str | None:
    """Return öre as kronor with two decimals, None where not known."""
    return None if ore is None else f"{kronor(ore):f}"


def signed(value: Fraction) -> str:
    """Return a difference with its sign, 0 without one."""
    return f"+{value}" if value > 0 else str(value)


def signed_kr(ore: int | None) -> str | None:
    """Return a difference in kronor with its sign, None where not known."""
    return f"+{kr(ore)}" if ore is not None and ore > 0 else kr(ore)


def figures_json(one: Effect | Sums | PayerMonth) -> dict[str, object]:
    """Return care days and amount."""
    return {"care_days": str(one.care_days), "amount": kr(one.amount)}


def month_json(one: PayerMonth) -> dict[str, object]:
    """Return what a payer has in a month; `exempt` is null where no clause asks anything of the month."""
    return {**figures_json(one), "exempt": one.exempt}


def worlds_of(words: Sequence[str], agreements: Agreements, *, region: str, wanted: date) -> list[World]:
    """Return what each word names, as if it governed the region at all times.

    Without a date the terms are those of `wanted`, or of the agreement's nearest day, which is remarked on.

    Raises:
        WrongUse: a date is none, or no agreement is named.
        UnknownAgreement: there is no agreement of a name.
        ParameterNotInForce: it does not hold on the date that was written.
        NoClause: it has no clause of its own on the day.
    """
    return [_world(word, agreements, region=region, wanted=wanted) for word in words]


def world_json(world: World) -> dict[str, object]:
    """Return the world as JSON names it; `date` is null for what really governs."""
    return {"name": world.name, "date": world.on.isoformat() if world.on else None}


def _world(word: str, agreements: Agreements, *, region: str, wanted: date) -> World:
    name, at, day = word.partition("@")
    if name == ACTUAL:
        if at:
            raise WrongUse(f"--agreement: {ACTUAL} takes no date; it is what really governs")
        return World(ACTUAL, None, agreements)
    if not name or name not in agreements.dated:
        known = ", ".join((*agreements.names(), ACTUAL))
        raise WrongUse(f"--agreement: there is no agreement {redacted(name)!r}; known are {known}")
    on = read_date(day, "--agreement") if at else nearest_day(agreements.named(name), wanted)
    if not at and on != wanted:
        note(f"{name} does not hold on {wanted}; its terms are those of {on}")
    return World(name, on, as_if(agreements, name, on=on, region=region))
