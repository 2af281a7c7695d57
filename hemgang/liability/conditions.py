"""What a condition on the single patient can say, and what that does to a charge (specification 4.3)."""

from dataclasses import dataclass
from enum import StrEnum

from agreements.citation import Citation


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
