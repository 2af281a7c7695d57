"""Ledger rows as values: read from the columns of an evaluation, for one region and month (specification 4.4)."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import polars as pl

from hemgang.liability.evaluation import Evaluation
from hemgang.liability.evidence import Period, date_of, messages_of
from hemgang.liability.marks import OUTCOMES, reasons_of
from hemgang.liability.mean_ledger import MeanRow
from hemgang.liability.model import Outcome, Reason, Row
from hemgang.liability.month import Month
from hemgang.liability.pricing import kronor
from hemgang.liability.rulebook import agreement_of

_ONE, _NONE = Fraction(1), Fraction(0)
_Key = tuple[str, str, str]
"""Payer, agreement and clause."""


def ledger_rows(found: Evaluation, month: Month) -> tuple[Row, ...]:
    """Return the rows of a month of the one region evaluated, sorted by payer, episode, period and date."""
    members = _members(found, month)
    means = (_mean_row(one, members) for one in found.means if one.month == month)
    rows = [*_day_rows(found, month), *means]
    return tuple(sorted(rows, key=lambda row: (row.payer, row.episode, row.period, row.date, row.clause)))


def _day_rows(found: Evaluation, month: Month) -> Iterator[Row]:
    days = found.days.filter(pl.col("month").cast(pl.Date) == month.first)
    periods = _periods(found, days.get_column("row"))
    named = [[(agreement_of(clause), clause.id) for clause in rules.clauses] for rules in found.rulesets]
    known: dict[tuple[int, int, str], tuple[str, ...]] = {}
    for row, payer, day, lane, also, n, outcome, reasons, rests, ruleset, rate, amount in days.select(
        "row", "payer", "day", "lane", "also", "n", "outcome", "reasons", "rests", "ruleset", "rate", "amount"
    ).iter_rows():
        period, on = periods[row], date_of(day)
        clauses, charged = named[ruleset], OUTCOMES[outcome] is Outcome.CHARGED
        key = (row, rests, payer)
        if period["leaves"] or period["payers"] or key not in known:
            known[key] = messages_of(period, rests, on)
        yield Row(
            payer=payer,
            episode=period["episode"],
            period=period["period"],
            n=n,
            date=on,
            agreement=clauses[lane][0],
            clause=clauses[lane][1],
            outcome=OUTCOMES[outcome],
            reasons=reasons_of(reasons),
            messages=known[key],
            also=tuple(clause for place, (_, clause) in enumerate(clauses) if also >> place & 1) if also else (),
            rate=None if rate is None else kronor(rate),
            amount=kronor(amount),
            care_days=_ONE if charged else _NONE,
        )


def _periods(found: Evaluation, rows: pl.Series) -> dict[int, Period]:
    wanted = [name for name in found.periods.columns if name.endswith("_message")]
    told = found.periods.filter(pl.col("row").is_in(rows.unique().implode()))
    named = told.select("row", "episode", "period", "payers", "leaves", *wanted)
    return {one["row"]: one for one in named.iter_rows(named=True)}


def _mean_row(mean: MeanRow, members: Mapping[_Key, tuple[str, ...]]) -> Row:
    """Return the row over a payer's mean: it rests on the ready notice and the end of everyone in the population."""
    charged = mean.care_days > 0
    agreement = agreement_of(mean.clause)
    return Row(
        payer=mean.payer,
        episode="",
        period=0,
        n=0,
        date=mean.month.first,
        agreement=agreement,
        clause=mean.clause.id,
        outcome=Outcome.CHARGED if charged else Outcome.FREE,
        reasons=(Reason.MEAN_ABOVE_THRESHOLD.value if charged else Reason.EXEMPT.value,),
        messages=members.get((mean.payer, agreement, mean.clause.id), ()),
        rate=mean.rate,
        amount=mean.amount,
        care_days=mean.care_days,
    )


def _members(found: Evaluation, month: Month) -> dict[_Key, tuple[str, ...]]:
    """Return the messages of everyone in each population of the month."""
    told = found.populations.members.filter(pl.col("month") == month.first).join(
        found.periods.select("row", "notice_message", "end_message"), on="row", how="left"
    )
    grouped = told.group_by("payer", "agreement", "clause").agg("notice_message", "end_message")
    return {
        (payer, agreement, clause): tuple(sorted({*notices, *ends} - {None}))
        for payer, agreement, clause, notices, ends in grouped.iter_rows()
    }
