"""The fields of every type of message as data: kind, needed or not, allowed values (specification 1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from hemgang.messages.model import MessageType as M


class FieldKind(StrEnum):
    """What a field may hold; one reader each in `hemgang.messages.values`."""

    NAME = "name"
    NAMES = "names"
    NAME_OR_NAMES = "name_or_names"
    TEXT = "text"
    CHOICE = "choice"
    INSTANT = "instant"
    DATE = "date"
    BIRTH_DATE = "birth_date"
    REGION = "region"
    MUNICIPALITY = "municipality"
    AGE = "age"
    TYPE = "type"


OPEN_KINDS: frozenset[FieldKind] = frozenset(
    {FieldKind.NAME, FieldKind.NAMES, FieldKind.NAME_OR_NAMES, FieldKind.TEXT, FieldKind.TYPE}
)
"""Kinds whose text is the sender's own: it may hold anything, an identity number too."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field may hold, and whether the message is rejected without it."""

    kind: FieldKind
    needed: bool = False
    choices: tuple[str, ...] = ()


_NAME = FieldRule(FieldKind.NAME)
_NAMES = FieldRule(FieldKind.NAMES)
_DATE = FieldRule(FieldKind.DATE)
_INSTANT = FieldRule(FieldKind.INSTANT)
_NEEDED_NAME = FieldRule(FieldKind.NAME, needed=True)
_MUNICIPALITY = FieldRule(FieldKind.MUNICIPALITY, needed=True)


def _choice(*choices: str, needed: bool = False) -> FieldRule:
    return FieldRule(FieldKind.CHOICE, needed, choices)


COMMON: Mapping[str, FieldRule] = MappingProxyType(
    {
        "id": _NEEDED_NAME,
        "episode": _NEEDED_NAME,
        "type": FieldRule(FieldKind.TYPE, needed=True),
        "at": FieldRule(FieldKind.INSTANT, needed=True),
        "received_at": _INSTANT,
        "sender": _NAME,
    }
)
"""The fields that every message may have."""

OWN: Mapping[M, Mapping[str, FieldRule]] = MappingProxyType(
    {
        M.ADMITTED: {
            "region": FieldRule(FieldKind.REGION, needed=True),
            "municipality": _MUNICIPALITY,
            "district": _NAME,
            "care": _choice("somatic", "psychiatric", needed=True),
            "clinic": _NAME,
            "care_centre": _NAME,
            "birth_date": FieldRule(FieldKind.BIRTH_DATE),
            "age": FieldRule(FieldKind.AGE),
            "sex": _choice("female", "male", "unknown"),
            "legal_status": _choice("voluntary", "compulsory_outpatient"),
            "groups": _NAMES,
        },
        M.ADMISSION_NOTICE: {"expected_discharge": _DATE, "to": _NAMES, "assessed_at": _INSTANT},
        M.ADMISSION_NOTICE_ACKNOWLEDGED: {},
        M.PLANNING_STARTED: {},
        M.CARE_CONTACT_ASSIGNED: {"contact": _NEEDED_NAME},
        M.EXPECTED_DISCHARGE_CHANGED: {"expected_discharge": FieldRule(FieldKind.DATE, needed=True)},
        M.SIP_NEED: {"needed": _choice("yes", "no", "declined", needed=True)},
        M.OUTPATIENT_CARE: {"available": _choice("yes", "no", needed=True)},
        M.CARE_PLAN_ESTABLISHED: {},
        M.READY_NOTICE: {"ready_on": _DATE, "to": _NAMES},
        M.READY_WITHDRAWN: {"reason": FieldRule(FieldKind.TEXT)},
        M.SIP_CALLED: {"by": _NAME},
        M.SIP_HELD: {},
        M.SIP_ESTABLISHED: {},
        M.DISCHARGE_INFORMATION: {},
        M.LEAVE_STARTED: {},
        M.LEAVE_ENDED: {},
        M.TRANSFERRED: {"clinic": _NEEDED_NAME, "region": FieldRule(FieldKind.REGION)},
        M.PAYER_CHANGED: {"municipality": _MUNICIPALITY, "district": _NAME},
        M.DISCHARGED: {"to": FieldRule(FieldKind.NAME_OR_NAMES), "status": _NAME},
        M.DIED: {},
        M.CANCELLED: {},
        M.DISCHARGE_CANCELLED: {},
        M.RETRACTED: {"message": _NEEDED_NAME},
    }
)
"""The fields beyond the common ones, type by type. Any other field is kept and reported as unknown."""


def names_of(*kinds: FieldKind) -> frozenset[str]:
    """Return the names of every field, of whatever type of message, that is of one of the kinds."""
    tables = (COMMON, *OWN.values())
    return frozenset(name for table in tables for name, rule in table.items() if rule.kind in kinds)
