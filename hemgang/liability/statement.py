"""The statement of each payer: clause by clause on its own, then the union of care days and its amount (4.2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from agreements.clause import Clause
from hemgang.episode.model import Episode
from hemgang.liability.ledger import PeriodRows
from hemgang.liability.model import UNKNOWN_PAYER, ClauseLine, Outcome, Row, Statement
from hemgang.liability.population import MonthGates
from hemgang.liability.rules import Rules, agreement_of, payer_code

ClauseKey = tuple[str, str]


def statements(
    stays: Iterable[Episode], found: Sequence[PeriodRows], *, rules: Rules, gates: MonthGates, payer: str | None
) -> tuple[Statement, ...]:
    """Return a statement for every payer with an episode in the month, or rows in it, sorted by payer.

    `payer` picks one; None = all.
    """
    rows: dict[str, list[Row]] = {}
    for row in (row for period in found for row in period.rows):
        rows.setdefault(row.payer, []).append(row)
    present = {code for stay in stays for code in payers_in_month(stay, rules)} | set(rows)
    by_key = {_key(clause): clause for period in found for clause in period.ruled.clauses}
    return tuple(
        _statement(code, rows.get(code, []), by_key, rules=rules, gates=gates)
        for code in sorted(present)
        if payer is None or code == payer
    )


def payers_in_month(stay: Episode, rules: Rules) -> frozenset[str]:
    """Return the payers that a stay has on the dates of the month."""
    if not stay.payers:
        return frozenset({UNKNOWN_PAYER})
    if len(stay.payers) == 1:
        return frozenset({stay.payers[0].payer})
    first = max(rules.first, stay.payers[0].since)
    changes = {payer.since for payer in stay.payers if first < payer.since <= rules.last}
    return frozenset(payer_code(stay, day) for day in (first, *changes))


def _statement(
    payer: str, rows: Sequence[Row], by_key: Mapping[ClauseKey, Clause], *, rules: Rules, gates: MonthGates
) -> Statement:
    ordered = tuple(sorted(rows, key=lambda row: (row.episode, row.period, row.date)))
    charged = [row for row in ordered if row.outcome is Outcome.CHARGED]
    return Statement(
        payer=payer,
        name=rules.name_of(payer),
        population=gates.sizes.get(payer, 0),
        clauses=tuple(_line(clause, payer, charged, gates=gates) for clause in _clauses(payer, rows, by_key, rules)),
        care_days=Fraction(len(charged)),
        amount=sum((row.amount for row in charged), Decimal("0.00")),
        rows=ordered,
    )


def _clauses(payer: str, rows: Iterable[Row], by_key: Mapping[ClauseKey, Clause], rules: Rules) -> Iterator[Clause]:
    """Yield the month's own clauses for the payer, then those of other agreements that a row of the month names."""
    own = rules.of_month(payer).clauses
    yield from own
    shown = {_key(clause) for clause in own}
    named = {(row.agreement, row.clause) for row in rows} - shown
    for key in sorted(named):
        yield by_key[key]


def _line(clause: Clause, payer: str, charged: Sequence[Row], *, gates: MonthGates) -> ClauseLine:
    own = [row for row in charged if clause.id == row.clause or clause.id in row.also]
    return ClauseLine(
        agreement=agreement_of(clause),
        clause=clause.id,
        gate=clause.gate.kind,
        charge=clause.charge.kind,
        result=gates.result(payer, clause),
        persons=len({row.episode for row in own}),
        care_days=Fraction(len(own)),
    )


def _key(clause: Clause) -> ClauseKey:
    return agreement_of(clause), clause.id
