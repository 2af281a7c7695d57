"""Who can still send the message that would put right what is missing or in doubt (specification 4.3)."""

from collections.abc import Mapping
from enum import StrEnum

from hemgang.liability.model import Situation


class Repairer(StrEnum):
    """Who can still send the message that would put it right."""

    WARD = "ward"
    CARE_CONTACT = "care_contact"
    CARE_CONTACT_UNIT = "care_contact_unit"
    ADMINISTRATION = "administration"


WHO: Mapping[Situation, Repairer] = {
    Situation.NO_ADMISSION_NOTICE: Repairer.WARD,
    Situation.LATE_ADMISSION_NOTICE: Repairer.WARD,
    Situation.UNKNOWN_PAYER: Repairer.ADMINISTRATION,
    Situation.PAYER_NOT_VALID: Repairer.ADMINISTRATION,
    Situation.NO_CARE_CONTACT: Repairer.CARE_CONTACT_UNIT,
    Situation.SIP_NOT_CALLED: Repairer.CARE_CONTACT,
    Situation.SIP_NOT_YET_CALLED: Repairer.CARE_CONTACT,
    Situation.SIP_CALLED_LATE: Repairer.CARE_CONTACT,
    Situation.SIP_CALLED_BY_EXTENDED_DATE: Repairer.CARE_CONTACT,
    Situation.SIP_NEED_UNKNOWN: Repairer.CARE_CONTACT,
    Situation.OUTPATIENT_CARE_UNAVAILABLE: Repairer.CARE_CONTACT_UNIT,
    Situation.OUTPATIENT_CARE_UNKNOWN: Repairer.CARE_CONTACT_UNIT,
    Situation.NO_CARE_PLAN: Repairer.WARD,
}
"""Who sends the message that each situation asks for (LUS 2:1, 2:5, 4:1, 4:3, 5:2, 5:5)."""
