"""What a closing is made of: day rows, clause lines, statements, and the draft that holds them (4.4-4.6)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from agreements.citation import Citation
from agreements.clause import ChargeKind, GateKind
from agreements.model import Agreement, Suspension
from hemgang.liability.conditions import Condition, Situation
from hemgang.liability.month import Month

UNKNOWN_PAYER = "unknown"
"""How a payer is written where no message names one."""


class Outcome(StrEnum):
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
class Row:
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
    outcome: Outcome
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
    rows: tuple[Row, ...]


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
    ledger: tuple[Row, ...]
    review: tuple[ReviewItem, ...]
    findings: tuple[MoneyFinding, ...]
    status: str = "draft"
    suspended: Suspension | None = None
