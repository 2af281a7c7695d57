"""Ledger rows as values: read from the columns of an evaluation, for one region and month (specification 4.4)."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import polars as pl

from hemgang.liability.evaluation import Evaluation
from hemgang.liability.evidence import Period, date_of, messages_of
from hemgang.liability.marks import OUTCOMES, reason_bit, reasons_of
from hemgang.liability.mean_ledger import MeanRow
from hemgang.liability.model import Outcome, Reason, Row
from hemgang.liability.month import Month
from hemgang.liability.pricing import amount_of, kronor
from hemgang.liability.rulebook import Rulebook, agreement_of

_ONE, _NONE = Fraction(1), Fraction(0)


def ledger_rows(found: Evaluation, month: Month, book: Rulebook) -> tuple[Row, ...]:
    """Return the rows of a month of the one region evaluated, sorted by payer, episode, period and date.

    Raises:
        RateUnknown: a mean is charged in a month whose amount is not known, and one is needed.
    """
    means = (mean_row(one, found, book) for one in found.means if one.month == month)
    rows = [*_day_rows(found, month), *means]
    return tuple(sorted(rows, key=lambda row: (row.payer, row.episode, row.period, row.date, row.clause)))


def _day_rows(found: Evaluation, month: Month) -> Iterator[Row]:
    days = found.days.filter(pl.col("month").cast(pl.Date) == month.first)
    periods = _periods(found, days.get_column("row"))
    known: dict[tuple[int, int, str], tuple[str, ...]] = {}
    for row, payer, day, lane, also, n, outcome, reasons, rests, ruleset, rate, amount in days.select(
        "row", "payer", "day", "lane", "also", "n", "outcome", "reasons", "rests", "ruleset", "rate", "amount"
    ).iter_rows():
        period, on = periods[row], date_of(day)
        clauses = found.rulesets[ruleset].clauses
        key = (row, rests, payer)
        if period["leaves"] or key not in known:
            known[key] = messages_of(period, rests, on)
        yield Row(
            payer=payer,
            episode=period["episode"],
            period=period["period"],
            n=n,
            date=on,
            agreement=agreement_of(clauses[lane]),
            clause=clauses[lane].id,
            outcome=OUTCOMES[outcome],
            reasons=reasons_of(reasons),
            messages=known[key],
            also=tuple(clause.id for place, clause in enumerate(clauses) if also >> place & 1) if also else (),
            rate=None if rate is None else kronor(rate),
            amount=kronor(amount),
            care_days=_ONE if OUTCOMES[outcome] is Outcome.CHARGED else _NONE,
        )


def _periods(found: Evaluation, rows: pl.Series) -> dict[int, Period]:
    wanted = [name for name in found.periods.columns if name.endswith("_message")]
    told = found.periods.filter(pl.col("row").is_in(rows.unique().implode()))
    named = told.select("row", "episode", "period", "payers", "leaves", *wanted)
    return {one["row"]: one for one in named.iter_rows(named=True)}


def mean_row(mean: MeanRow, found: Evaluation, book: Rulebook) -> Row:
    """Return the row over a payer's mean: it rests on the ready notice and the end of everyone in the population.

    Raises:
        RateUnknown: it charges, and the amount of the month's year is not known, and one is needed.
    """
    charged = mean.care_days > 0
    rate = _month_rate(mean, book) if charged else None
    reason = Reason.MEAN_ABOVE_THRESHOLD if charged else Reason.EXEMPT
    return Row(
        payer=mean.payer,
        episode="",
        period=0,
        n=0,
        date=mean.month.first,
        agreement=agreement_of(mean.clause),
        clause=mean.clause.id,
        outcome=Outcome.CHARGED if charged else Outcome.FREE,
        reasons=reasons_of(reason_bit(reason)),
        messages=_members(mean, found),
        rate=rate,
        amount=kronor(0) if rate is None else amount_of(mean.care_days, rate),
        care_days=mean.care_days,
    )


def _month_rate(mean: MeanRow, book: Rulebook) -> Decimal | None:
    agreed = book.agreements.terms_of(agreement_of(mean.clause), mean.month.first).amount_kr
    if agreed is not None:
        return agreed.value
    rate = book.rate(mean.month.first)
    return None if rate is None else rate.amount_kr


def _members(mean: MeanRow, found: Evaluation) -> tuple[str, ...]:
    members = found.populations.members.filter(
        (pl.col("region") == mean.region)
        & (pl.col("agreement") == agreement_of(mean.clause))
        & (pl.col("clause") == mean.clause.id)
        & (pl.col("month") == mean.month.first)
        & (pl.col("payer") == mean.payer)
    )
    rows = members.get_column("row").implode()
    told = found.periods.filter(pl.col("row").is_in(rows)).select("notice_message", "end_message")
    return tuple(sorted({message for pair in told.iter_rows() for message in pair if message is not None}))
