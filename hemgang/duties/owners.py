"""Who owns each kind of duty (specification 3.1); the first owner's hours count where there are two."""

from collections.abc import Mapping
from types import MappingProxyType

from hemgang.duties.model import DutyKind, Role, kind_of_key

OWNERS: Mapping[DutyKind, tuple[Role, ...]] = MappingProxyType(
    {
        DutyKind.ADMISSION_NOTICE: (Role.WARD,),
        DutyKind.PLANNING_START: (Role.OUTPATIENT_UNIT, Role.MUNICIPAL_UNIT),
        DutyKind.CARE_CONTACT: (Role.OUTPATIENT_UNIT,),
        DutyKind.SIP_CALL: (Role.FIXED_CARE_CONTACT,),
        DutyKind.SIP_ESTABLISHED: (Role.FIXED_CARE_CONTACT,),
        DutyKind.DISCHARGE_TARGET: (Role.MUNICIPAL_UNIT,),
        DutyKind.LAST_FREE_DAY: (Role.MUNICIPAL_UNIT,),
        DutyKind.DISCHARGE_INFORMATION: (Role.WARD,),
    }
)


def owners_of_key(key: str) -> tuple[Role, ...]:
    """Return the owners of a duty by its key (kind/period/clause), also when the duty itself is gone."""
    return OWNERS[kind_of_key(key)]
