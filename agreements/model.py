"""What an agreement says, as frozen dated values, each with its clause and the source's own words."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from agreements.citation import Citation, Cited
from agreements.clause import Clause
from calendars.staffing import StaffingRule


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
