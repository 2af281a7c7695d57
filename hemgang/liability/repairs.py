"""What is missing or in doubt, and what message would repair it, in English and Swedish (specification 4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from hemgang.liability.model import Situation
from hemgang.liability.sentences import Language


@dataclass(frozen=True, slots=True)
class Repair:
    """What was found, and the message that would put it right, each a sentence."""

    found: str
    repair: str


class Repairer(StrEnum):
    """Who can still send the message that would put it right, each a sentence's subject in both languages."""

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


def repair_of(situation: Situation, language: Language) -> Repair:
    """Return the words for a situation.

    Raises:
        KeyError: nothing is amiss in the situation.
    """
    return REPAIRS[language][situation]


ENGLISH: Mapping[Situation, Repair] = {
    Situation.NO_ADMISSION_NOTICE: Repair(
        "No admission notice was sent to the municipality.",
        "the `admission_notice` that was sent during the stay, with the time it was sent.",
    ),
    Situation.LATE_ADMISSION_NOTICE: Repair(
        "The admission notice was sent later than the hours allow.",
        "an `admission_notice` that says in `assessed_at` when the need was seen, or an earlier one if one was sent.",
    ),
    Situation.UNKNOWN_PAYER: Repair(
        "The payer is not on the list of municipalities.",
        "a `payer_changed` with the right municipality, or a retraction of the wrong message.",
    ),
    Situation.PAYER_NOT_VALID: Repair(
        "The payer does not exist on this date, and no successor is known.",
        "a `payer_changed` with the payer that holds on the date.",
    ),
    Situation.NO_CARE_CONTACT: Repair(
        "No fixed care contact was assigned before the discharge.",
        "the `care_contact_assigned` that was made at or before the discharge.",
    ),
    Situation.SIP_NOT_CALLED: Repair(
        "A SIP was needed and nobody was called to it.",
        "the `sip_called` that was sent within the days allowed, or a `sip_need` that says no or declined if so.",
    ),
    Situation.SIP_NOT_YET_CALLED: Repair(
        "A SIP is needed and nobody has been called to it yet; there is still time.",
        "a `sip_called` before the days allowed have passed.",
    ),
    Situation.SIP_CALLED_LATE: Repair(
        "The call to SIP was sent later than the days allow.",
        "an earlier `sip_called` if one was sent, or a `sip_need` that says no or declined if so.",
    ),
    Situation.SIP_CALLED_BY_EXTENDED_DATE: Repair(
        "The call to SIP was sent after the last day, but by the date that lag (1930:173) extends it to.",
        "a `sip_called` by the strict date if one was sent.",
    ),
    Situation.SIP_NEED_UNKNOWN: Repair(
        "Nothing says whether a SIP was needed, and no call was sent in time.",
        "a `sip_need`, and if it says yes the `sip_called` that was sent in time.",
    ),
    Situation.OUTPATIENT_CARE_UNAVAILABLE: Repair(
        "The region's own outpatient care was not available.",
        "a later `outpatient_care` that says yes, if it became available.",
    ),
    Situation.OUTPATIENT_CARE_UNKNOWN: Repair(
        "Nothing says whether the region's own outpatient care was available.",
        "an `outpatient_care` that says yes.",
    ),
    Situation.NO_CARE_PLAN: Repair(
        "No coordinated care plan was established before the ready notice.",
        "the `care_plan_established` from before the ready notice.",
    ),
}

SWEDISH: Mapping[Situation, Repair] = {
    Situation.NO_ADMISSION_NOTICE: Repair(
        "Inget inskrivningsmeddelande skickades till kommunen.",
        "det `admission_notice` som skickades under vårdtillfället, med tiden då det skickades.",
    ),
    Situation.LATE_ADMISSION_NOTICE: Repair(
        "Inskrivningsmeddelandet skickades senare än timmarna medger.",
        "ett `admission_notice` som i `assessed_at` säger när behovet sågs, eller ett tidigare om ett skickades.",
    ),
    Situation.UNKNOWN_PAYER: Repair(
        "Den betalningsansvariga finns inte i kommunlistan.",
        "ett `payer_changed` med rätt kommun, eller att det felaktiga meddelandet återtas.",
    ),
    Situation.PAYER_NOT_VALID: Repair(
        "Den betalningsansvariga finns inte den här dagen, och ingen efterträdare är känd.",
        "ett `payer_changed` med den som är betalningsansvarig den dagen.",
    ),
    Situation.NO_CARE_CONTACT: Repair(
        "Ingen fast vårdkontakt utsågs före utskrivningen.",
        "det `care_contact_assigned` som gjordes senast vid utskrivningen.",
    ),
    Situation.SIP_NOT_CALLED: Repair(
        "SIP behövdes och ingen kallades till den.",
        "det `sip_called` som skickades inom dagarna, eller ett `sip_need` som säger nej eller avböjt om det var så.",
    ),
    Situation.SIP_NOT_YET_CALLED: Repair(
        "SIP behövs och ingen har kallats till den än; det finns tid kvar.",
        "ett `sip_called` innan dagarna har gått.",
    ),
    Situation.SIP_CALLED_LATE: Repair(
        "Kallelsen till SIP skickades senare än dagarna medger.",
        "ett tidigare `sip_called` om ett skickades, eller ett `sip_need` som säger nej eller avböjt om det var så.",
    ),
    Situation.SIP_CALLED_BY_EXTENDED_DATE: Repair(
        "Kallelsen till SIP skickades efter sista dagen, men senast det datum som lag (1930:173) förlänger den till.",
        "ett `sip_called` senast det strikta datumet om ett skickades.",
    ),
    Situation.SIP_NEED_UNKNOWN: Repair(
        "Inget säger om SIP behövdes, och ingen kallelse skickades i tid.",
        "ett `sip_need`, och om det säger ja det `sip_called` som skickades i tid.",
    ),
    Situation.OUTPATIENT_CARE_UNAVAILABLE: Repair(
        "Regionens egen öppna vård var inte tillgänglig.",
        "ett senare `outpatient_care` som säger ja, om den blev det.",
    ),
    Situation.OUTPATIENT_CARE_UNKNOWN: Repair(
        "Inget säger om regionens egen öppna vård var tillgänglig.",
        "ett `outpatient_care` som säger ja.",
    ),
    Situation.NO_CARE_PLAN: Repair(
        "Ingen samordnad vårdplan var upprättad före underrättelsen om utskrivningsklar.",
        "det `care_plan_established` som är från tiden före underrättelsen.",
    ),
}

REPAIRS: Mapping[Language, Mapping[Situation, Repair]] = MappingProxyType(
    {Language.ENGLISH: ENGLISH, Language.SWEDISH: SWEDISH}
)
