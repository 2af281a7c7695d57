"""The day ledger: one row a care day of each ready period, over all clauses at once (specification 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agreements.citation import Citation
from hemgang.liability.conditions import Answer
from hemgang.liability.days import ClauseDays, clause_days
from hemgang.liability.model import Outcome, Reason, Row
from hemgang.liability.population import MonthGates
from hemgang.liability.rows import RowWriter
from hemgang.liability.rules import RuledPeriod, Rules, code_of


@dataclass(frozen=True, slots=True)
class PeriodRows:
    """The rows of one ready period in a month, by date, and the answers its charged days rest on.

    `answers` is empty where no clause charges any day of the period in the month. `used` are the citations, beside the
    clauses', of values that decided something here.
    """

    ruled: RuledPeriod
    rows: tuple[Row, ...]
    answers: tuple[Answer, ...]
    used: tuple[Citation, ...]


def period_rows(ruled: RuledPeriod, *, rules: Rules, gates: MonthGates) -> PeriodRows | None:
    """Return the rows of a ready period that belong to the month, None where there are none.

    A date is one row: that of the first clause which charges it, else of the first which says that it is free.

    Raises:
        RateUnknown: a charged day begins in a year whose amount is not known, and one is needed.
    """
    if ruled.terms is None or not _touches(ruled, rules):
        return None
    found = (clause_days(clause, ruled, rules) for clause in ruled.clauses)
    clauses = [days for days in found if days is not None]
    if not clauses:
        return None
    writer = RowWriter(ruled, ruled.terms, rules)
    rows = tuple(_row(on, clauses, writer, gates) for on in _dates(clauses))
    return PeriodRows(ruled, rows, writer.answers, tuple(writer.used))


def _touches(ruled: RuledPeriod, rules: Rules) -> bool:
    end = ruled.period.end
    return ruled.period.notice.at < rules.ends_at and (end is None or end.at >= rules.starts_at)


def _dates(clauses: Sequence[ClauseDays]) -> Sequence[date]:
    return sorted({days.date_of(n) for days in clauses for n in range(days.first, days.last + 1)})


def _row(on: date, clauses: Sequence[ClauseDays], writer: RowWriter, gates: MonthGates) -> Row:
    held = writer.ruled.episode.payer_on(on)
    charging: list[ClauseDays] = []
    otherwise: list[tuple[ClauseDays, Outcome, Reason]] = []
    for days in clauses:
        n = days.number(on)
        if n is None:
            continue
        outcome, reason = days.outcome(n)
        if outcome is not Outcome.CHARGED:
            otherwise.append((days, outcome, reason))
        elif gates.result(code_of(held), days.clause).exempt:
            otherwise.append((days, Outcome.FREE, Reason.EXEMPT))
        else:
            charging.append(days)
    if charging:
        return writer.charged(on, held, charging)
    first, outcome, reason = min(otherwise, key=lambda found: found[1] is Outcome.NOT_COUNTED)
    return writer.uncharged(on, held, first, outcome, reason)
