"""The statement of each payer: clause by clause on its own, then the union of care days and its amount (4.2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

from agreements.clause import Clause
from hemgang.episode.model import EndKind
from hemgang.liability.evaluation import Evaluation
from hemgang.liability.mean_ledger import MeanRow
from hemgang.liability.model import ClauseLine, Row, Statement
from hemgang.liability.population import ClauseKey
from hemgang.liability.pricing import kronor
from hemgang.liability.rulebook import agreement_of
from hemgang.liability.rules import Rules
from hemgang.liability.totals import clause_totals, day_totals


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums of one month, by payer, and by payer and clause."""

    days: Mapping[str, tuple[int, int]]
    clauses: Mapping[tuple[str, ClauseKey], tuple[int, int]]
    means: Mapping[tuple[str, ClauseKey], MeanRow]
    sizes: Mapping[str, int]


def statements(
    present: Iterable[str], rows: Sequence[Row], found: Evaluation, *, rules: Rules
) -> tuple[Statement, ...]:
    """Return a statement for every payer present in the month, or with rows in it, sorted by payer.

    Care days and amounts are sums over the columns; that they equal the sum of the rows is checked at each closing.
    """
    by_payer: dict[str, list[Row]] = {}
    for row in rows:
        by_payer.setdefault(row.payer, []).append(row)
    sums = _sums(found, rules)
    by_key = {_key(clause): clause for ruleset in found.rulesets for clause in ruleset.clauses}
    return tuple(
        _statement(payer, by_payer.get(payer, []), sums, by_key, found=found, rules=rules)
        for payer in sorted({*present, *by_payer})
    )


def _sums(found: Evaluation, rules: Rules) -> _Sums:
    here = (pl.col("region") == rules.region) & (pl.col("month") == rules.month.first)
    days = day_totals(found).filter(here).select("payer", "care_days", "amount")
    clauses = clause_totals(found).filter(here).select("payer", "agreement", "clause", "care_days", "persons")
    discharged = found.periods.filter(
        (pl.col("end_kind") == EndKind.DISCHARGED.value) & (pl.col("left_on").dt.month_start() == rules.month.first)
    )
    sizes = discharged.group_by("payer_left").agg(pl.len())
    return _Sums(
        days={payer: (care_days, amount) for payer, care_days, amount in days.iter_rows()},
        clauses={
            (payer, (agreement, clause)): (care_days, persons)
            for payer, agreement, clause, care_days, persons in clauses.iter_rows()
        },
        means={(one.payer, _key(one.clause)): one for one in found.means if one.month == rules.month},
        sizes=dict(sizes.iter_rows()),
    )


def _statement(
    payer: str,
    rows: Sequence[Row],
    sums: _Sums,
    by_key: Mapping[ClauseKey, Clause],
    *,
    found: Evaluation,
    rules: Rules,
) -> Statement:
    care_days, amount = sums.days.get(payer, (0, 0))
    over_means = [row for row in rows if not row.episode]
    clauses = _clauses(payer, rows, by_key, rules)
    return Statement(
        payer=payer,
        name=rules.book.name_of(payer),
        population=sums.sizes.get(payer, 0),
        clauses=tuple(_line(clause, payer, sums, found=found, rules=rules) for clause in clauses),
        care_days=care_days + sum((row.care_days for row in over_means), Fraction(0)),
        amount=kronor(amount) + sum((row.amount for row in over_means), Decimal("0.00")),
        rows=tuple(rows),
    )


def _clauses(payer: str, rows: Iterable[Row], by_key: Mapping[ClauseKey, Clause], rules: Rules) -> Iterator[Clause]:
    """Yield the month's own clauses for the payer, then those of other agreements that a row of the month names."""
    own = rules.of_month(payer).clauses
    yield from own
    named = {(row.agreement, row.clause) for row in rows} - {_key(clause) for clause in own}
    for key in sorted(named):
        yield by_key[key]


def _line(clause: Clause, payer: str, sums: _Sums, *, found: Evaluation, rules: Rules) -> ClauseLine:
    result = found.gates.result(rules.region, payer, rules.month, clause)
    care_days, persons = sums.clauses.get((payer, _key(clause)), (0, 0))
    mean = sums.means.get((payer, _key(clause)))
    charged = mean is not None and mean.care_days > 0
    return ClauseLine(
        agreement=agreement_of(clause),
        clause=clause.id,
        gate=clause.gate.kind,
        charge=clause.charge.kind,
        result=result,
        persons=result.population if charged else persons,
        care_days=mean.care_days if mean is not None and charged else Fraction(care_days),
    )


def _key(clause: Clause) -> ClauseKey:
    return agreement_of(clause), clause.id
