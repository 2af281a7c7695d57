"""What an agreement says, as frozen dated values, each with its clause and the source's own words (4.1, 4.2).

A citation is a clause with a quote, or an assumption with its reason. A clause of liability is gate x charge.
"""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Generic, TypeVar

from calendars.staffing import StaffingRule

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value comes from: a clause with the source's words, or an assumption with its reason.

    Exactly one of `quote` and `assumption` is set. `source` names a text in `docs/sources`.
    `reading` says how a quote is read where its words leave room. `line` is the row's line in the file.
    """

    agreement: str
    parameter: str
    clause: str
    source: str | None = None
    quote: str | None = None
    assumption: str | None = None
    reading: str | None = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cited(Generic[T]):
    """A value with its citation and the dates on which it holds, both included; None = no end.

    `approved`: the date on which it became known that the value holds; `end_approved`: on which it became known that it
    ends on `valid_to`. None = known from its first day.
    """

    value: T
    citation: Citation
    valid_from: date
    valid_to: date | None = None
    approved: date | None = None
    end_approved: date | None = None


ADULT_AGE = 18
"""Whole years from which a patient counts as adult (myndig)."""

MOST_CLAUSES = 32
"""How many clauses, the statute's that fill gaps among them, may hold for an agreement on one day."""


class GateKind(StrEnum):
    """When a clause makes the payer liable at all (specification 4.1)."""

    ALWAYS = "always"
    SHARE_BELOW = "share_below"
    MEAN_ABOVE = "mean_above"
    CONSECUTIVE_MEAN_ABOVE = "consecutive_mean_above"
    JOINT_DECISION = "joint_decision"


class ChargeKind(StrEnum):
    """How many care days a clause charges once its gate is open (specification 4.1)."""

    INDIVIDUAL = "individual"
    MEAN_EXCESS = "mean_excess"
    NONE = "none"


class DayUnit(StrEnum):
    """What the free days of an individual charge are counted in."""

    CALENDAR_DAY = "calendar_day"
    WEEKDAY = "weekday"


class Attribution(StrEnum):
    """Which month a charged care day belongs to."""

    DISCHARGE_MONTH = "discharge_month"
    CARE_DAY = "care_day"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The mean above which a payer is liable (exactly at it is exempt), in care days.

    Either `value` is set, a number or a published county mean; or `county_mean_of` alone, the month ("2020-10") whose
    mean over all payers of the region, by the clause in force then, is the threshold. With both, `value` is what was
    published for that month and is used.
    """

    value: Fraction | None = None
    county_mean_of: str | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """Whose `d` a share or mean is taken over, among those discharged in the month (specification 4.2).

    `include_zero_days`: whether those who left on day 0 are among them. `status`: the status a discharge must have
    where the source gives one; None = any. `includes_individually_charged`: whether a period of which another,
    individual clause charges a care day is among them.
    """

    include_zero_days: bool = True
    status: str | None = None
    includes_individually_charged: bool = True


@dataclass(frozen=True, slots=True)
class Gate:
    """The condition of a clause.

    `share_below`: the payer is exempt when the share of the month's population with `d <= within_days` is at least
    `min_share` (exact; equal is exempt, an empty population is exempt).
    `mean_above`: exempt unless the mean of `d` over the population is above `threshold` (exact; equal and empty are
    exempt). `consecutive_mean_above`: exempt unless it was so in each of `months` months, the last of which is the
    month itself. `joint_decision`: exempt unless both parties' decision for the month is recorded.
    `cutoff` belongs to the gate's own `d`, apart from the charge's (`Clause.cutoff`); None = dates only.
    `population` is None where the gate looks at no population.
    """

    kind: GateKind
    within_days: int | None = None
    min_share: Fraction | None = None
    threshold: Threshold | None = None
    months: int = 1
    cutoff: time | None = None
    population: Population | None = None

    @property
    def monthly(self) -> bool:
        """Whether the gate is asked of a payer and month, not of the single patient."""
        return self.kind is not GateKind.ALWAYS


@dataclass(frozen=True, slots=True)
class Charge:
    """What a clause charges.

    `individual`: care days beyond `free_care_days` (f), in `unit`: with calendar days the whole care days 1 to f are
    free, so out on day f costs nothing; with weekdays charged are the care days that begin on or after the date on
    which the f-th weekday after the clock date falls.
    `mean_excess`: `(mean - threshold) x n` care days for the payer's month, exact; with `mean_decimals` the mean is
    first rounded half up to so many.
    """

    kind: ChargeKind
    free_care_days: int = 0
    unit: DayUnit = DayUnit.CALENDAR_DAY
    mean_decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Ages:
    """Ages in whole years at admission, both included; `last` None = no upper. An unknown age counts as adult."""

    first: int = 0
    last: int | None = None

    def holds(self, age: int | None) -> bool:
        """Tell whether an age is among them; an unknown one counts as `ADULT_AGE`."""
        known = ADULT_AGE if age is None else age
        return self.first <= known and (self.last is None or known <= self.last)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: gate x charge, with every detail of specification 4.2 as a value.

    `cutoff`: a notice sent after this local time counts as sent the next day (exactly at it does not);
    None = none. It moves the charge's clock date only; the gate has its own (`Gate.cutoff`).
    `ends_counted`: the period ends that count; `open_counted`: open periods are charged up to now.
    `citations`: for every key of the clause the words or the assumption it rests on, named "<id>.<key>".
    `care`: the care kinds it is for ("somatic", "psychiatric"); empty = all. `ages`: whom it is for.
    `valid_from`/`valid_to`: the clock dates or months it holds for, both included; None = the agreement's.
    `approved`: the date on which it became known that the clause holds; `end_approved`: on which it became known that
    it ends on `valid_to`. None = known from its first day.
    """

    id: str
    name: str
    gate: Gate
    charge: Charge
    cutoff: time | None
    ends_counted: tuple[str, ...]
    open_counted: bool
    attribution: Attribution
    citations: tuple[Citation, ...]
    care: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    ages: Ages = Ages()
    approved: date | None = None
    end_approved: date | None = None

    def covers(self, care: str, age: int | None = None) -> bool:
        """Tell whether the clause is for this care kind and age (None = unknown, counts as adult)."""
        return (not self.care or care in self.care) and self.ages.holds(age)

    def citation(self, key: str) -> Citation:
        """Return what a key of the clause rests on, for example `free_care_days`.

        Raises:
            KeyError: the clause has no such key.
        """
        wanted = f"{self.id}.{key}"
        for citation in self.citations:
            if citation.parameter == wanted:
                return citation
        raise KeyError(wanted)


class Policy(StrEnum):
    """What a doubtful or failed condition does to a charge."""

    BLOCK = "block"
    REVIEW = "review"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days, both included, on which liability is dormant (vilande): computed and shown, but not to be paid."""

    valid_from: date
    valid_to: date | None
    citation: Citation

    def covers(self, on: date) -> bool:
        """Tell whether the day is among them."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class DisputeStep:
    """One step of the dispute ladder (tvistetrappa): who settles, numbered from 1.

    `matter` is which ladder it belongs to: "local" for one payer's question, "principle" for one of several payers or
    of principle. `within_days` is None where no source sets a time limit.
    """

    number: int
    matter: str
    who: str
    within_days: int | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class GateTerms:
    """What conditions on the single patient do (specification 4.3)."""

    late_admission_notice: Cited[Policy]
    late_sip_call: Cited[Policy]
    unknown_sip_need: Cited[Policy]
    unknown_outpatient_care: Cited[Policy]
    fixed_care_contact_required: Cited[bool]
    population_requires_gates: Cited[bool]
    leave_days_count: Cited[bool]


@dataclass(frozen=True, slots=True)
class Hours:
    """Local clock hours, `opens` included and `closes` excluded."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Terms:
    """All values that hold for one region, payer and date; the statute's where the agreement is silent."""

    agreement: str
    admission_notice_within_hours: Cited[int]
    planning: Cited[StaffingRule]
    planning_response_hours: Cited[int]
    care_contact_before_discharge: Cited[bool]
    sip_call_within_days: Cited[int]
    sip_established_within_days: Cited[int]
    discharge_information_same_day: Cited[bool]
    discharge_hours: Cited[Hours] | None
    gates: GateTerms
    clauses: tuple[Clause, ...]
    amount_kr: Cited[Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Socialstyrelsen's amount in kronor for one care day (vårddygn) that begins in the year."""

    year: int
    amount_kr: Decimal
    citation: Citation


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement: who it binds, when it holds, and its values by date.

    `region` is the county code, None for the statute. `valid_from`/`valid_to` both included.
    `parties`: municipality codes bound by it; empty = all of the region (county code prefix).
    `digest` is a SHA-256 over the file without comments and layout, so that a result can name what it used.
    `approved` is the date on which the parties approved it, None where not known; `amount_kr` of `Terms` replaces the
    statutory amount (LUS 4:5).
    `citation` is that of the first day; `citations` holds those of every key of the head.
    """

    name: str
    title: str
    version: str
    digest: str
    region: str | None
    source: str
    valid_from: date
    valid_to: date | None
    citation: Citation
    citations: tuple[Citation, ...] = ()
    parties: tuple[str, ...] = ()
    approved: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    disputes: tuple[DisputeStep, ...] = ()

    def suspended(self, on: date) -> Suspension | None:
        """Return the suspension that covers a day, None if liability is in force."""
        return next((one for one in self.suspensions if one.covers(on)), None)

    def binds(self, payer: str) -> bool:
        """Tell whether a payer is a party; a district (`0180/<district>`) follows its municipality."""
        municipality = payer.partition("/")[0]
        if self.parties:
            return municipality in self.parties
        return self.region is None or municipality.startswith(self.region)

    def in_force(self, on: date) -> bool:
        """Tell whether the agreement holds on the day (first and last day included)."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
