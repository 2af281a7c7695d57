"""A message (meddelande), one immutable fact about an episode, and what reading one comes to (specification 1.2, 1.4).

A message is accepted with remarks or rejected with reasons. A problem names a code and a field, never a value: what is
wrong may be a personal identity number (specification 6). Errors are about a whole source of messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hemgang.errors import HemgangError
from hemgang.findings import Code


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


FIELD_NAME = "(field name)"
"""Stands in a problem for a field whose own name cannot be shown."""

ROW = "(row)"
"""Stands in a problem for a CSV row that cannot be split into the columns of its header."""

REMARKS: frozenset[Code] = frozenset({Code.AMBIGUOUS_TIME, Code.UNKNOWN_FIELD})
"""Codes that are reported while the message is accepted; every other one rejects it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing noticed about a message: a stable code, and the field where there is one to name."""

    code: Code
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that counts, with what was noticed about it (only codes of `REMARKS`)."""

    message: Message
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message or line to be quarantined, with at least one reason.

    `id` is the message's id where it is one and can be shown, else None.
    """

    problems: tuple[Problem, ...]
    id: str | None = None


class SourceFormatError(HemgangError):
    """The file is no source of messages, such as a CSV whose header lacks needed columns; mend the file."""


class SourceUnreadableError(HemgangError):
    """The file cannot be opened or read; check that it is there and may be read."""


class StoredMessageError(HemgangError):
    """A stored message is not as the engine wrote it; restore the database from a copy. Shows no content."""
