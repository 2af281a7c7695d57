"""The values of a closing: month, conditions, ledger rows, clause lines, statements, draft and errors (4.3-4.6).

Statements are made by calendar month (månad, 4.5). Each error is one line that the user can act on.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

from agreements.model import Agreement, ChargeKind, Citation, GateKind, Suspension
from calendars.timezone import plain_utc, start_of_day
from hemgang.errors import HemgangError

FIRST_DATE = date(2018, 1, 1)
"""The first date of the act; no month before it can be closed."""

_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month in Stockholm; `number` is 1-12."""

    year: int
    number: int

    def __post_init__(self) -> None:
        """Refuse what is no month, or lies outside the act's time."""
        if not (FIRST_DATE.year <= self.year <= 2100 and 1 <= self.number <= 12):
            raise NotAMonth(f"{self.year:04d}-{self.number:02d}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a month written YYYY-MM.

        Raises:
            NotAMonth: it is written in another way, or lies outside 2018-01 to 2100-12.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise NotAMonth(text)
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month that a date lies in."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """The first date of the month."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """The last date of the month, included."""
        return _first_after(self) - timedelta(days=1)

    @property
    def starts_at(self) -> datetime:
        """The instant (UTC) at which the month begins, included."""
        return plain_utc(start_of_day(self.first))

    @property
    def ends_at(self) -> datetime:
        """The instant (UTC) at which the next month begins; it is no longer in this one."""
        return plain_utc(start_of_day(_first_after(self)))

    def following(self) -> Self:
        """Return the next month."""
        return type(self).of(_first_after(self))

    def preceding(self) -> Self | None:
        """Return the month before, None before the act's first."""
        day = self.first - timedelta(days=1)
        return None if day < FIRST_DATE else type(self).of(day)

    def __contains__(self, day: date) -> bool:
        """Tell whether a date lies in the month."""
        return day.year == self.year and day.month == self.number

    def __str__(self) -> str:
        """Write the month as YYYY-MM."""
        return f"{self.year:04d}-{self.number:02d}"


def _first_after(month: Month) -> date:
    return (month.first + timedelta(days=31)).replace(day=1)


class Condition(StrEnum):
    """The conditions that a ready period is asked about, in the order in which they are answered."""

    ADMISSION_NOTICE_SENT = "admission_notice_sent"
    ADMISSION_NOTICE_IN_TIME = "admission_notice_in_time"
    READY_NOTICE_SENT = "ready_notice_sent"
    PAYER_KNOWN = "payer_known"
    CARE_CONTACT_ASSIGNED = "care_contact_assigned"
    SIP_CALLED = "sip_called"
    OUTPATIENT_CARE_AVAILABLE = "outpatient_care_available"
    CARE_PLAN_ESTABLISHED = "care_plan_established"


class Effect(StrEnum):
    """What an answer does to the days that a clause would charge."""

    CHARGE = "charge"
    REVIEW = "review"
    BLOCK = "block"


class Situation(StrEnum):
    """What was found; the stable reason of a row that is not provable and of an entry on the review list."""

    IN_ORDER = "in_order"
    NO_ADMISSION_NOTICE = "no_admission_notice"
    LATE_ADMISSION_NOTICE = "late_admission_notice"
    UNKNOWN_PAYER = "unknown_payer"
    PAYER_NOT_VALID = "payer_not_valid"
    NO_CARE_CONTACT = "no_care_contact"
    SIP_NOT_CALLED = "sip_not_called"
    SIP_NOT_YET_CALLED = "sip_not_yet_called"
    SIP_CALLED_LATE = "sip_called_late"
    SIP_CALLED_BY_EXTENDED_DATE = "sip_called_by_extended_date"
    SIP_NEED_UNKNOWN = "sip_need_unknown"
    OUTPATIENT_CARE_UNAVAILABLE = "outpatient_care_unavailable"
    OUTPATIENT_CARE_UNKNOWN = "outpatient_care_unknown"
    NO_CARE_PLAN = "no_care_plan"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a condition says of one ready period where it does not simply pass.

    `messages` are those the answer rests on; `citation` is the clause that asks, or the policy that decided.
    """

    condition: Condition
    effect: Effect
    situation: Situation
    messages: tuple[str, ...]
    citation: Citation


UNKNOWN_PAYER = "unknown"
"""How a payer is written where no message names one."""


class DayOutcome(StrEnum):
    """What becomes of a care day."""

    FREE = "free"
    CHARGED = "charged"
    NOT_PROVABLE = "not_provable"
    NOT_COUNTED = "not_counted"


class Reason(StrEnum):
    """Why a care day has its outcome, where no condition on the patient decided (`Situation` names those)."""

    WITHIN_FREE_CARE_DAYS = "within_free_care_days"
    BEYOND_FREE_CARE_DAYS = "beyond_free_care_days"
    EXEMPT = "exempt"
    REPORT_ONLY = "report_only"
    COUNTED_IN_MEAN = "counted_in_mean"
    MEAN_ABOVE_THRESHOLD = "mean_above_threshold"
    PERIOD_WITHDRAWN = "period_withdrawn"
    PERIOD_MOVED = "period_moved"
    PERIOD_DISCHARGED = "period_discharged"
    PERIOD_DIED = "period_died"
    PERIOD_CANCELLED = "period_cancelled"
    ON_LEAVE = "on_leave"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One care day of one ready period, or the excess of a payer's mean: the only thing money is computed from.

    `n` is the care day's number on the clock of `clause` (from day n-1 to day n), `date` the local date it begins on.
    A row over a mean has no `episode` (""), `period` and `n` 0, and the month's first date. `care_days` is 1 for a
    charged care day, the exact excess for a mean, else 0. `also` names other clauses that charge the same date, which
    is charged once. `messages` are those the outcome rests on, sorted. `rate` is kronor a care day, None unless
    charged; `amount` is rounded half up to whole öre, here and nowhere else.
    """

    payer: str
    episode: str
    period: int
    n: int
    date: date
    agreement: str
    clause: str
    outcome: DayOutcome
    reasons: tuple[str, ...]
    messages: tuple[str, ...]
    also: tuple[str, ...] = ()
    rate: Decimal | None = None
    amount: Decimal = Decimal("0.00")
    care_days: Fraction = Fraction(0)

    @property
    def reason(self) -> str:
        """The reasons as one stable text, comma between them."""
        return ",".join(self.reasons)


@dataclass(frozen=True, slots=True)
class GateValue:
    """What a clause's gate says of a payer and month; `value` and `threshold` are exact, None where there is none.

    For a share: `counted` of `population` left within its days. For a mean: `days` is the sum of d over the population.
    All are 0 where the gate looks at no population. `before` are the means of the earlier months that a gate over
    consecutive months asks for, the latest first, None for a month with nobody.
    """

    exempt: bool
    population: int = 0
    counted: int = 0
    value: Fraction | None = None
    threshold: Fraction | None = None
    days: int = 0
    before: tuple[Fraction | None, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One clause for one payer and month, computed on its own: a date that two clauses charge counts in both.

    `persons` is the number of episodes with at least one charged day under the clause, or that a charged mean is over.
    """

    agreement: str
    clause: str
    gate: GateKind
    charge: ChargeKind
    result: GateValue
    persons: int
    care_days: Fraction


@dataclass(frozen=True, slots=True)
class Statement:
    """One payer's month: care days are the union over the clauses, the amount the sum of the rows.

    `population` counts the final ready periods that discharge ended in the month with this payer on that date.
    `name` is None for a payer that is not on the list of municipalities.
    """

    payer: str
    name: str | None
    population: int
    clauses: tuple[ClauseLine, ...]
    care_days: Fraction
    amount: Decimal
    rows: tuple[LedgerRow, ...]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One entry of the joint review list: a ready period that is charged although a condition is in doubt."""

    payer: str
    episode: str
    period: int
    condition: Condition
    situation: Situation
    clause: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoneyFinding:
    """A finding that touches money: closing over it needs a named decision (specification 4.5)."""

    code: str
    episode: str
    messages: tuple[str, ...]
    expected: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What a result was computed with, beside the agreements: versions of the code, the calendar and the rates."""

    code: str
    calendar: str
    rates: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A month of a region as it stands: the same facts give the same draft, in any order.

    `payer` is the one payer it was asked for, None = all. `priced` is False where a charged day may lack its amount:
    such a draft explains and states nothing. `over` tells whether the month has ended; until then it is a forecast.
    `ledger` holds every row, the free ones too, sorted as the statements are. `assumptions` are the values used that no
    source gives. `suspended` is set where liability is dormant in the month: computed, not to be paid. `hash` covers
    the month, its statements, rows and versions.
    """

    region: str
    month: Month
    agreement: Agreement
    payer: str | None
    priced: bool
    over: bool
    hash: str
    assumptions: tuple[Citation, ...]
    statements: tuple[Statement, ...]
    ledger: tuple[LedgerRow, ...]
    review: tuple[ReviewItem, ...]
    findings: tuple[MoneyFinding, ...]
    status: str = "draft"
    suspended: Suspension | None = None


class StrictRefused(HemgangError):
    """A strict closing rests on values that no source gives; names each, so that the parties can agree on it."""

    def __init__(self, assumptions: tuple[Citation, ...]) -> None:
        """Keep the assumptions, sorted by agreement and parameter."""
        self.assumptions = assumptions
        named = "; ".join(f"{used.agreement}: {used.parameter}" for used in assumptions)
        super().__init__(f"strict: {len(assumptions)} values of this month rest on an assumption: {named}")


class NotAMonth(HemgangError):
    """A month is written YYYY-MM, such as 2023-03, from 2018-01 (the first month of the act) to 2100-12."""

    def __init__(self, text: str) -> None:
        """Keep what was written instead."""
        super().__init__(f"{text!r} is not a month: write YYYY-MM, from 2018-01 to 2100-12")


class ThresholdUnknown(HemgangError):
    """A threshold is the county mean of a month of which nothing is stored; ingest that month, or publish the value."""

    def __init__(self, *, region: str, clause: str, agreement: str, month: str) -> None:
        """Keep which month is missing."""
        self.month = month
        super().__init__(
            f"agreement {agreement}: the threshold of {clause} is the mean of county {region} in {month}, and nobody "
            f"counted was discharged in it; ingest that month, or add published to the threshold in {agreement}.toml"
        )
