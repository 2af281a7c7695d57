"""The care days of one ready period under one clause: free, charged or not counted (specification 4.1, 4.2)."""

from dataclasses import dataclass
from datetime import date, timedelta

from agreements.clause import Attribution, ChargeKind, Clause
from hemgang.episode.model import EndKind, PeriodEnd
from hemgang.liability.model import Outcome, Reason
from hemgang.liability.rules import RuledPeriod, Rules

_ENDED = {
    EndKind.WITHDRAWN: Reason.PERIOD_WITHDRAWN,
    EndKind.MOVED: Reason.PERIOD_MOVED,
    EndKind.DISCHARGED: Reason.PERIOD_DISCHARGED,
    EndKind.DIED: Reason.PERIOD_DIED,
    EndKind.CANCELLED: Reason.PERIOD_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class ClauseDays:
    """The care days of a period that a clause attributes to the month: numbers `first` to `last`, both included.

    Care day n begins on `day0` + n - 1. `left_out` is why none of them counts, None if they do.
    """

    clause: Clause
    day0: date
    first: int
    last: int
    left_out: Reason | None

    def number(self, on: date) -> int | None:
        """Return the number of the care day that begins on a date, None if it is not among them."""
        n = (on - self.day0).days + 1
        return n if self.first <= n <= self.last else None

    def date_of(self, n: int) -> date:
        """Return the date on which care day n begins."""
        return self.day0 + timedelta(days=n - 1)

    def outcome(self, n: int) -> tuple[Outcome, Reason]:
        """Return what the clause says of care day n before any gate is asked: beyond the free ones it is charged."""
        if self.left_out is not None:
            return Outcome.NOT_COUNTED, self.left_out
        match self.clause.charge.kind:
            case ChargeKind.NONE:
                return Outcome.FREE, Reason.REPORT_ONLY
            case ChargeKind.INDIVIDUAL if n <= self.clause.charge.free_care_days:
                return Outcome.FREE, Reason.WITHIN_FREE_CARE_DAYS
            case ChargeKind.INDIVIDUAL:
                return Outcome.CHARGED, Reason.BEYOND_FREE_CARE_DAYS


def clause_days(clause: Clause, ruled: RuledPeriod, rules: Rules) -> ClauseDays | None:
    """Return the care days of a period that the clause attributes to the month, None if there are none.

    A period still open has care days up to today: the one that begins today is not over. Care days 1 to
    `free_care_days` are free, so that `max(0, d - f)` of a counted period are charged.
    """
    end = ruled.period.end
    if end is None and not clause.open_counted:
        return None
    if clause.attribution is Attribution.DISCHARGE_MONTH and not _ended_in_month(end, rules):
        return None
    day0 = ruled.day0(clause.cutoff)
    first, last = 1, ((ruled.left_on or rules.today) - day0).days
    if clause.attribution is Attribution.CARE_DAY:
        first = max(first, (rules.first - day0).days + 1)
        last = min(last, (rules.last - day0).days + 1)
    if first > last:
        return None
    left_out = None if end is None or end.kind.value in clause.ends_counted else _ENDED[end.kind]
    return ClauseDays(clause, day0, first, last, left_out)


def _ended_in_month(end: PeriodEnd | None, rules: Rules) -> bool:
    return end is not None and rules.starts_at <= end.at < rules.ends_at
