"""The names that an agreement file may use, and what each value must be (specification 4.1 and 4.3)."""

from collections.abc import Callable, Mapping

from agreements.kinds import amount, hours, one_of, staffing, truth, whole_number
from agreements.model import Policy

STATUTE = "lus"
CARE_KINDS = ("somatic", "psychiatric")
ENDS = ("discharged", "died")
MATTERS = ("local", "principle")

VALUES: Mapping[str, Callable[[object], object]] = {
    "admission_notice_within_hours": whole_number,
    "planning": staffing,
    "planning_response_hours": whole_number,
    "care_contact_before_discharge": truth,
    "sip_call_within_days": whole_number,
    "sip_established_within_days": whole_number,
    "discharge_information_same_day": truth,
    "discharge_hours": hours,
    "late_admission_notice": one_of(Policy),
    "late_sip_call": one_of(Policy),
    "unknown_sip_need": one_of(Policy),
    "unknown_outpatient_care": one_of(Policy),
    "fixed_care_contact_required": truth,
    "population_requires_gates": truth,
    "leave_days_count": truth,
    "amount_kr": amount,
}

OPTIONAL = ("discharge_hours", "amount_kr")
"""What the statute may leave unsaid; every other value it must state."""
