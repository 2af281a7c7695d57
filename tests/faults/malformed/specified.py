"""The table of messages, written down a second time from specification 1.2, apart from the program's own.

Each field has a letter: N name, L names, T text, O name or names, I instant, D date, B birth date, R region,
M municipality, A age, or the choices it has, separated by a bar. `!` behind it: the message needs it.
"""

from collections.abc import Mapping

COMMON = {"id": "N!", "episode": "N!", "type": "type!", "at": "I!", "received_at": "I", "sender": "N"}

OWN: Mapping[str, Mapping[str, str]] = {
    "admitted": {
        "region": "R!",
        "municipality": "M!",
        "district": "N",
        "care": "somatic|psychiatric!",
        "clinic": "N",
        "care_centre": "N",
        "birth_date": "B",
        "age": "A",
        "sex": "female|male|unknown",
        "legal_status": "voluntary|compulsory_outpatient",
        "groups": "L",
    },
    "admission_notice": {"expected_discharge": "D", "to": "L", "assessed_at": "I"},
    "admission_notice_acknowledged": {},
    "planning_started": {},
    "care_contact_assigned": {"contact": "N!"},
    "expected_discharge_changed": {"expected_discharge": "D!"},
    "sip_need": {"needed": "yes|no|declined!"},
    "outpatient_care": {"available": "yes|no!"},
    "care_plan_established": {},
    "ready_notice": {"ready_on": "D", "to": "L"},
    "ready_withdrawn": {"reason": "T"},
    "sip_called": {"by": "N"},
    "sip_held": {},
    "sip_established": {},
    "discharge_information": {},
    "leave_started": {},
    "leave_ended": {},
    "transferred": {"clinic": "N!", "region": "R"},
    "payer_changed": {"municipality": "M!", "district": "N"},
    "discharged": {"to": "O", "status": "N"},
    "died": {},
    "cancelled": {},
    "discharge_cancelled": {},
    "retracted": {"message": "N!"},
}
"""The fields of each type beyond the common ones."""

KNOWN = frozenset({*COMMON, *(name for fields in OWN.values() for name in fields)})
"""Every field's name."""


def fields_of(kind: str) -> dict[str, str]:
    """Return the letters of a type's fields, the common ones too."""
    return {**COMMON, **OWN[kind]}
