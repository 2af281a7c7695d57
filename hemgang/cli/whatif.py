"""`hemgang whatif` and `hemgang backtest`: months under other agreements on the same rows.

Agreements are named NAME, NAME@DATE, or `actual` for what really governs. JSON has care days as reduced fractions and
kronor with two decimals, null where unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Annotated

import typer

from agreements.registry import Agreements
from hemgang.cli.agreement_words import ClauseNames, clause_names, term_name, value_in_words
from hemgang.cli.errors import WrongUse
from hemgang.cli.opening import installation_at, reader, scope_of
from hemgang.cli.output import Format, note, paragraph, print_json, print_lines, spoken, table, words
from hemgang.cli.params import (
    DatabaseOption,
    FormatOption,
    NowOption,
    examples,
    now_or,
    payer_name,
    place,
    read_date,
    region_code,
)
from hemgang.i18n.catalogue import phrase
from hemgang.i18n.formats import kronor_text, month_text, number_text
from hemgang.liability.day_ledger import kronor
from hemgang.liability.model import Month
from hemgang.messages.identity_numbers import redacted
from hemgang.outlook.scenarios import (
    ACTUAL,
    PayerMonth,
    Scenario,
    ScenarioResult,
    Sums,
    amount_difference,
    as_if,
    months_between,
    nearest_day,
    sum_of,
)
from hemgang.outlook.whatif import Difference, Step, StepEffect, WhatIf
from hemgang.queries.outlook import backtest_agreements, compare_agreements, read_region_as


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
    code, of_month, known_at = region_code(region), Month.parse(month), now_or(now)
    if agreement is None or len(agreement) != 2:
        raise WrongUse(phrase("outlook.wrong.twice"))
    by, scope = reader(f"{code} {of_month}"), scope_of(context)
    scenarios = partial(scenarios_of, agreement, region=code, day=of_month.first)
    with installation_at(place(context, database)) as installation:
        read = read_region_as(
            installation, by, scope, region=code, known_at=known_at, action="whatif", months=(of_month,)
        )
    found = compare_agreements(read, scenarios, of_month, known_at=known_at)
    if found.nobody_ready:
        note(phrase("outlook.threshold.nobody", region=code, month=of_month.first))
    if form is Format.JSON:
        print_json(what_if_json(found))
    elif not found.nobody_ready:
        print_lines(_text(found))
    if any(one.amount is None for pair in found.payers.values() for one in pair):
        note(phrase("outlook.whatif.unpriced"))


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
    code, known_at = region_code(region), now_or(now)
    months = months_between(Month.parse(first), Month.parse(last))
    if not agreement:
        raise WrongUse(phrase("outlook.wrong.needed"))
    by = reader(f"{code} {months[0]} to {months[-1]}")
    scenarios = partial(scenarios_of, agreement, region=code, day=months[-1].first)
    with installation_at(place(context, database)) as installation:
        read = read_region_as(
            installation, by, scope_of(context), region=code, known_at=known_at, action="backtest", months=months
        )
    shown = backtest_agreements(read, scenarios, months, known_at=known_at)
    nobody = not any(one.months or one.problem for one in shown)
    if nobody:
        note(phrase("outlook.backtest.nobody", region=code, first=months[0].first, last=months[-1].first))
    if form is Format.JSON:
        print_json(backtest_json(code, months, shown))
    elif not nobody:
        head = words("outlook.backtest.head", region=code, first=months[0].first, last=months[-1].first)
        print_lines([head, "", *backtest_text(months, shown)])


def backtest_json(region: str, months: Sequence[Month], tried: Sequence[ScenarioResult]) -> dict[str, object]:
    """Return the months under each agreement as JSON carries them."""
    return {
        "region": region,
        "first": str(months[0]),
        "last": str(months[-1]),
        "agreements": [_tried_json(one, months) for one in tried],
    }


def _tried_json(one: ScenarioResult, months: Sequence[Month]) -> dict[str, object]:
    payers = sorted({payer for payer, _ in one.months})
    return {
        **scenario_json(one.world),
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


def backtest_text(months: Sequence[Month], tried: Sequence[ScenarioResult]) -> Iterator[str]:
    """Yield a table by month and one by payer, and what could not be computed."""
    names = [_scenario_name(one.world) for one in tried]
    heads = [phrase(f"outlook.backtest.{what}", scenario=name) for name in names for what in ("days", "amount")]
    right, in_all = range(1, len(heads) + 1), words("outlook.in_all")
    rows: list[tuple[object, ...]] = [(month, *_cells(one.of_month(month) for one in tried)) for month in months]
    yield from table(("month", *heads), [*rows, (in_all, *_cells(one.total() for one in tried))], right=right)
    yield ""
    payers = sorted({payer for one in tried for payer, _ in one.months})
    of_payers = [(payer_name(payer), *_cells(one.of_payer(payer) for one in tried)) for payer in payers]
    yield from table(("payer", *heads), of_payers, right=right)
    for one, name in zip(tried, names, strict=True):
        if one.problem:
            yield from paragraph(words("outlook.backtest.problem", scenario=name, problem=one.problem), indent="")
        if one.unpriced:
            named = ", ".join(month_text(spoken(), month.first) for month in one.unpriced)
            yield from paragraph(words("outlook.backtest.unpriced", scenario=name, months=named), indent="")


def _cells(sums: Iterator[Sums]) -> Iterator[object]:
    for one in sums:
        yield one.care_days
        yield kronor_or_none(one.amount)


def _scenario_name(world: Scenario) -> str:
    return words("outlook.whatif.actual") if world.on is None else f"{world.name} {world.on.isoformat()}"


def what_if_json(found: WhatIf) -> dict[str, object]:
    """Return the comparison as JSON carries it; the effects of the steps add up to the differences."""
    return {
        "region": found.region,
        "month": str(found.month),
        "first": scenario_json(found.first),
        "second": scenario_json(found.second),
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
    first, second = _scenario_name(found.first), _scenario_name(found.second)
    yield words("outlook.whatif.head", region=found.region, month=found.month.first, first=first, second=second)
    yield ""
    rows: list[tuple[object, ...]] = [
        (
            *(payer_name(payer), own.care_days, kronor_or_none(own.amount)),
            *(other.care_days, kronor_or_none(other.amount), *_signed(_difference(own, other))),
        )
        for payer, (own, other) in found.payers.items()
    ]
    rows.append((words("outlook.in_all"), "", "", "", "", *_signed(_total(found.payers))))
    heads = ("days_first", "amount_first", "days_second", "amount_second", "days_change", "amount_change")
    yield from table(("payer", *(phrase(f"outlook.whatif.{head}") for head in heads)), rows, right=range(1, 7))
    yield ""
    changes = (phrase(f"outlook.whatif.{head}") for head in ("days_change", "amount_change", "difference"))
    yield from table(("definition", *changes), _step_rows(found), right=(1, 2))
    if found.episodes:
        yield ""
        days = (phrase(f"outlook.whatif.{head}") for head in ("only_first", "only_second"))
        yield from table(("payer", "episode", "period", *days), _days(found))


def _step_rows(found: WhatIf) -> list[tuple[object, ...]]:
    clauses = clause_names(found.second.agreements, found.month)
    clauses = {**clauses, **clause_names(found.first.agreements, found.month)}
    tried = (found.first.name, found.second.name)
    return [
        (
            *(step.definition, *_signed(_sum(step.effects))),
            "; ".join(_difference_text(one, clauses, tried) for one in step.differences),
        )
        for step in found.steps
    ]


def _difference_text(one: Difference, clauses: ClauseNames, tried: Sequence[str]) -> str:
    first, second = (value_in_words(one.key, value) for value in (one.first, one.second))
    return words("outlook.whatif.changed", name=term_name(one.key, clauses, tried), first=first, second=second)


def _days(found: WhatIf) -> list[tuple[object, ...]]:
    return [
        (
            *(payer_name(one.payer), one.episode, one.period),
            *(" ".join(map(str, days)) or None for days in (one.only_first, one.only_second)),
        )
        for one in found.episodes
    ]


def _signed(effect: StepEffect) -> tuple[str, str | None]:
    """A difference as a table shows it: care days and kronor, each with its sign."""
    days = number_text(spoken(), effect.care_days)
    return f"+{days}" if effect.care_days > 0 else days, signed_kronor(effect.amount)


def _difference(own: PayerMonth, other: PayerMonth) -> StepEffect:
    return StepEffect(other.care_days - own.care_days, amount_difference(other.amount, own.amount))


def _total(payers: Mapping[str, tuple[PayerMonth, PayerMonth]]) -> StepEffect:
    return _sum({payer: _difference(*pair) for payer, pair in payers.items()})


def _sum(effects: Mapping[str, StepEffect]) -> StepEffect:
    found = list(effects.values())
    return StepEffect(sum((one.care_days for one in found), Fraction(0)), sum_of(one.amount for one in found))


def kr(ore: int | None) -> str | None:
    """Return öre as kronor with two decimals, None where not known."""
    return None if ore is None else f"{kronor(ore):f}"


def kronor_or_none(ore: int | None) -> str | None:
    """Return öre in kronor as people read them, None where not known."""
    return None if ore is None else kronor_text(spoken(), kronor(ore))


def signed_kronor(ore: int | None) -> str | None:
    """Return a difference in kronor with its sign, None where not known."""
    return f"+{kronor_or_none(ore)}" if ore is not None and ore > 0 else kronor_or_none(ore)


def figures_json(one: StepEffect | Sums | PayerMonth) -> dict[str, object]:
    """Return care days and amount."""
    return {"care_days": str(one.care_days), "amount": kr(one.amount)}


def month_json(one: PayerMonth) -> dict[str, object]:
    """Return what a payer has in a month; `exempt` is null where no clause asks anything of the month."""
    return {**figures_json(one), "exempt": one.exempt}


def scenarios_of(names: Sequence[str], agreements: Agreements, *, region: str, day: date) -> list[Scenario]:
    """Return the agreements that the user named, each as if it governed the region at all times.

    Without a date the terms are those of `day`, or of the agreement's nearest day, which is remarked on.

    Raises:
        WrongUse: a date is none, or no agreement is named.
        UnknownAgreement: there is no agreement of a name.
        ParameterNotInForce: it does not hold on the date that was written.
        NoClause: it has no clause of its own on the day.
    """
    return [_scenario(name, agreements, region=region, day=day) for name in names]


def scenario_json(world: Scenario) -> dict[str, object]:
    """Return an agreement that was tried as JSON names it; `date` is null for what really governs."""
    return {"name": world.name, "date": world.on.isoformat() if world.on else None}


def _scenario(named: str, agreements: Agreements, *, region: str, day: date) -> Scenario:
    name, at, written = named.partition("@")
    if name == ACTUAL:
        if at:
            raise WrongUse(phrase("outlook.wrong.actual_date"))
        return Scenario(ACTUAL, None, agreements)
    if not name or name not in agreements.dated:
        known = ", ".join((*agreements.names(), ACTUAL))
        raise WrongUse(phrase("outlook.wrong.no_agreement", name=redacted(name), known=known))
    on = read_date(written, "--agreement") if at else nearest_day(agreements.named(name), day)
    if not at and on != day:
        note(phrase("outlook.whatif.nearest", name=name, day=day, nearest=on))
    return Scenario(name, on, as_if(agreements, name, on=on, region=region))
