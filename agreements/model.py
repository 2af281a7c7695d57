"""What an agreement says, as frozen dated values, each with its clause and the source's own words."""

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
    """A value with its citation and the dates on which it holds, both included; None = no end."""

    value: T
    citation: Citation
    valid_from: date
    valid_to: date | None = None


class Policy(StrEnum):
    """What a doubtful or failed condition does to a charge."""

    BLOCK = "block"
    REVIEW = "review"
    IGNORE = "ignore"


class GateKind(StrEnum):
    """When a clause makes the payer liable at all (specification 4.1)."""

    ALWAYS = "always"
    SHARE_BELOW = "share_below"


class ChargeKind(StrEnum):
    """How many care days a clause charges once its gate is open (specification 4.1)."""

    INDIVIDUAL = "individual"
    NONE = "none"


class Attribution(StrEnum):
    """Which month a charged care day belongs to."""

    DISCHARGE_MONTH = "discharge_month"
    CARE_DAY = "care_day"


@dataclass(frozen=True, slots=True)
class Gate:
    """The condition of a clause.

    For `share_below`: the payer is exempt when the share of the month's population with
    `d <= within_days` is at least `min_share` (exact; equal is exempt, an empty population is exempt).
    `cutoff` belongs to the gate's own `d`, apart from the charge's (`Clause.cutoff`); None = dates only.
    """

    kind: GateKind
    within_days: int | None = None
    min_share: Fraction | None = None
    cutoff: time | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What a clause charges: care days beyond `free_care_days` whole care days (f); out on day f is free."""

    kind: ChargeKind
    free_care_days: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: gate x charge, with every detail of specification 4.2 as a value.

    `cutoff`: a notice sent after this local time counts as sent the next day (exactly at it does not);
    None = none. It moves the charge's clock date only; the gate has its own (`Gate.cutoff`).
    `ends_counted`: the period ends that count; `open_counted`: open periods are charged up to now.
    `citations`: for every key of the clause the words or the assumption it rests on, named "<id>.<key>".
    `care`: the care kinds it is for ("somatic", "psychiatric"); empty = all.
    `valid_from`/`valid_to`: the clock dates or months it holds for, both included; None = the agreement's.
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

    def covers(self, care: str) -> bool:
        """Tell whether the clause is for this care kind."""
        return not self.care or care in self.care

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

    def binds(self, payer: str) -> bool:
        """Tell whether a payer is a party; a district (`0180/<district>`) follows its municipality."""
        municipality = payer.partition("/")[0]
        if self.parties:
            return municipality in self.parties
        return self.region is None or municipality.startswith(self.region)

    def in_force(self, on: date) -> bool:
        """Tell whether the agreement holds on the day (first and last day included)."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
