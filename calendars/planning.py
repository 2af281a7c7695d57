"""When a unit starts planning on an admission notice (Jämtland Härjedalen, "Planering"); specification 2.3."""

from dataclasses import dataclass
from datetime import datetime

from pendulum import DateTime

from calendars.runs import long_holiday_of
from calendars.skipped import SkippedDay, skipped_days, skipped_in_words
from calendars.staffing import StaffingRule, window_of
from calendars.windows import table_of
from calendars.wording import written_clock, written_instant, written_rule
from calendars.zone import in_utc, local_date, plain_utc


@dataclass(frozen=True, slots=True)
class PlanningStart:
    """When the planning of a notice starts under a rule, and why then.

    Only the decision is kept, the opening that the notice waits for (None: it waits for none); what follows from it
    and explains it is worked out when it is read.
    """

    rule: StaffingRule
    notice: datetime
    opening: DateTime | None

    @property
    def starts_at(self) -> DateTime:
        """The instant in UTC at which planning starts: the notice's own, or the opening."""
        return in_utc(self.notice) if self.opening is None else self.opening

    @property
    def at_once(self) -> bool:
        """Whether somebody was there when the notice came."""
        return self.opening is None

    @property
    def skipped(self) -> tuple[SkippedDay, ...]:
        """The days without staff before the start, the day of the notice included if it is one."""
        return skipped_days(self.rule, first=local_date(self.notice), last=local_date(self.starts_at))

    @property
    def why(self) -> str:
        """A sentence: the notice, the days skipped with their names, the day of the start, the rule."""
        parts = [
            f"sent {written_instant(self.notice)}{self._against_hours()}",
            skipped_in_words(self.skipped),
        ]
        begins = "at once" if self.at_once else written_instant(self.starts_at)
        parts.append(f"planning starts {begins}{self._kind_of_day()}")
        parts.append(f"rule: {written_rule(self.rule)}")
        return "; ".join(part for part in parts if part)

    def _against_hours(self) -> str:
        """Where the notice lies against the hours of its own day."""
        window = window_of(self.rule, local_date(self.notice))
        if window is None or self.rule.around_the_clock:
            return ""
        if self.notice < window.opens:
            return f", before {written_clock(window.opens)}"
        if self.notice < window.closes:
            return f", within {written_clock(window.opens)}–{written_clock(window.closes)}"
        closes = written_clock(window.closes)
        return f", after {closes}" if self.notice > window.closes else f", which is outside: the hours end at {closes}"

    def _kind_of_day(self) -> str:
        """What makes the day of the start a staffed one, if it is no common working day."""
        day = local_date(self.starts_at)
        if any(added.day == day for added in self.rule.added):
            return ", on a day with hours of its own"
        run = long_holiday_of(day)
        if run is None or run.third_day != day or self.rule.around_the_clock:
            return ""
        return f", on the third day of the long holiday {run.start} – {run.end}"


def planning_start(rule: StaffingRule, notice: datetime) -> PlanningStart:
    """Find when planning starts: at once inside a window, else at the next opening.

    The opening, 08:00:00, is inside; the closing, 17:00:00, is outside.

    >>> from calendars.staffing import STANDARD
    >>> start = planning_start(STANDARD, datetime.fromisoformat("2018-03-29T18:05+02:00"))
    >>> start.starts_at.isoformat(), start.at_once
    ('2018-04-01T06:00:00+00:00', False)

    Raises:
        ValueError: the notice has no time zone, or lies outside 1990 to 2199.
    """
    at = plain_utc(notice)
    return PlanningStart(rule, at, table_of(rule).opening(at))
