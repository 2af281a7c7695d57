"""The care days of one ready period under one clause: free, charged or not counted (specification 4.1, 4.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agreements.model import Attribution, ChargeKind, Clause
from calendars.zone import local_date
from hemgang.episode.model import PeriodEnd, ReadyPeriod
from hemgang.liability.model import Outcome, Reason
from hemgang.liability.month import Month


@dataclass(frozen=True, slots=True)
class ClauseDay:
    """Care day `n` under a clause, beginning on the clock date + n - 1, before any gate is asked."""

    clause: Clause
    n: int
    date: date
    outcome: Outcome
    reason: Reason


def clause_days(clause: Clause, period: ReadyPeriod, *, month: Month, today: date) -> Iterator[ClauseDay]:
    """Yield the care days of a period that the clause attributes to the month, in order.

    `today` is the local date up to which a period still open has care days: the day that begins on it is not over. The
    care days 1 to `free_care_days` are free, so that `max(0, d - f)` of a counted period are charged.
    """
    end = period.end
    if end is None and not clause.open_counted:
        return
    if clause.attribution is Attribution.DISCHARGE_MONTH and not _ended_in(month, end):
        return
    day0 = period.clock_date(clause.cutoff)
    d = ((local_date(end.at) if end else today) - day0).days
    first, last = 1, d
    if clause.attribution is Attribution.CARE_DAY:
        first = max(first, (month.first - day0).days + 1)
        last = min(last, (month.last - day0).days + 1)
    for n in range(first, last + 1):
        outcome, reason = _of_day(clause, end, n)
        yield ClauseDay(clause, n, day0 + timedelta(days=n - 1), outcome, reason)


def _ended_in(month: Month, end: PeriodEnd | None) -> bool:
    return end is not None and month.starts_at <= end.at < month.ends_at


def _of_day(clause: Clause, end: PeriodEnd | None, n: int) -> tuple[Outcome, Reason]:
    if end is not None and end.kind.value not in clause.ends_counted:
        return Outcome.NOT_COUNTED, Reason(f"period_{end.kind.value}")
    match clause.charge.kind:
        case ChargeKind.NONE:
            return Outcome.FREE, Reason.REPORT_ONLY
        case ChargeKind.INDIVIDUAL if n <= clause.charge.free_care_days:
            return Outcome.FREE, Reason.WITHIN_FREE_CARE_DAYS
        case ChargeKind.INDIVIDUAL:
            return Outcome.CHARGED, Reason.BEYOND_FREE_CARE_DAYS
