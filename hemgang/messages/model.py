"""A message (meddelande): one immutable fact about an episode, after validation (specification 1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MessageType(StrEnum):
    """Every kind of message the engine takes in."""

    ADMITTED = "admitted"
    ADMISSION_NOTICE = "admission_notice"
    ADMISSION_NOTICE_ACKNOWLEDGED = "admission_notice_acknowledged"
    PLANNING_STARTED = "planning_started"
    CARE_CONTACT_ASSIGNED = "care_contact_assigned"
    EXPECTED_DISCHARGE_CHANGED = "expected_discharge_changed"
    SIP_NEED = "sip_need"
    OUTPATIENT_CARE = "outpatient_care"
    CARE_PLAN_ESTABLISHED = "care_plan_established"
    READY_NOTICE = "ready_notice"
    READY_WITHDRAWN = "ready_withdrawn"
    SIP_CALLED = "sip_called"
    SIP_HELD = "sip_held"
    SIP_ESTABLISHED = "sip_established"
    DISCHARGE_INFORMATION = "discharge_information"
    LEAVE_STARTED = "leave_started"
    LEAVE_ENDED = "leave_ended"
    TRANSFERRED = "transferred"
    PAYER_CHANGED = "payer_changed"
    DISCHARGED = "discharged"
    DIED = "died"
    CANCELLED = "cancelled"
    DISCHARGE_CANCELLED = "discharge_cancelled"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Message:
    """One validated message.

    `at` is when it took effect (for notices and calls: when it was sent), `received_at` when the receiving
    system had it; both aware, in UTC. `fields` holds the type-specific values, already typed: dates as
    `date`, instants as aware UTC `datetime`, lists as tuples of strings, everything else as strings or ints;
    unknown fields are kept as they came.
    """

    id: str
    episode: str
    type: MessageType
    at: datetime
    received_at: datetime
    sender: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """The order in which messages are folded, whatever the order in which they arrived."""
        return (self.at, self.received_at, self.id)
