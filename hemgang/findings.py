"""A finding (anmärkning): something a check noticed, as a value that points at the messages it rests on."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Stable names of every finding (specification 1.4)."""

    DUPLICATE = "duplicate"
    CONFLICTING = "conflicting"
    UNKNOWN_TYPE = "unknown_type"
    INVALID_FIELD = "invalid_field"
    INVALID_JSON = "invalid_json"
    INVALID_ENCODING = "invalid_encoding"
    LINE_TOO_LONG = "line_too_long"
    UNKNOWN_FIELD = "unknown_field"
    NONEXISTENT_TIME = "nonexistent_time"
    AMBIGUOUS_TIME = "ambiguous_time"
    FUTURE_MESSAGE = "future_message"
    IDENTITY_NUMBER = "identity_number"
    OUT_OF_ORDER = "out_of_order"
    UNKNOWN_EPISODE = "unknown_episode"
    UNKNOWN_MESSAGE = "unknown_message"
    REPEATED_READY_NOTICE = "repeated_ready_notice"
    READY_WITHOUT_CARE_PLAN = "ready_without_care_plan"
    ADMISSION_NOTICE_MISSING = "admission_notice_missing"
    DISCHARGE_MISSING = "discharge_missing"
    DISCHARGE_OUTSIDE_HOURS = "discharge_outside_hours"
    UNKNOWN_PAYER = "unknown_payer"
    UNKNOWN_CONTACT = "unknown_contact"
    RETAINED_OUT = "retained_out"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a stable code, the message ids it rests on, and what was expected, in one sentence."""

    code: Code
    messages: tuple[str, ...]
    expected: str
