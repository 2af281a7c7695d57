"""The act's own conditions for liability in its words, LUS 5:2, 5:3, 5:5, 4:1; no agreement may change them (4:5)."""

from agreements.citation import Citation

_SOURCE = "lus-2017-612-lydelse-2020-01-01"


def _cite(parameter: str, clause: str, quote: str) -> Citation:
    return Citation(agreement="lus", parameter=parameter, clause=clause, source=_SOURCE, quote=quote)


PAYER = _cite(
    "payer_known",
    "LUS 5 kap. 2 §",
    "En kommuns betalningsansvar omfattar patienter som är folkbokförda i kommunen.",
)
ADMISSION_NOTICE = _cite(
    "admission_notice_sent",
    "LUS 5 kap. 3 § första stycket 1",
    "underrättat kommunen om att patienten har skrivits in i enlighet med 2 kap. 1-3 §§",
)
READY_NOTICE = _cite(
    "ready_notice_sent",
    "LUS 5 kap. 3 § första stycket 2",
    "underrättat berörda enheter i kommunen om att patienten är utskrivningsklar i enlighet med 3 kap. 1 §",
)
SIP_CALL = _cite(
    "sip_called",
    "LUS 5 kap. 3 § andra stycket",
    "är kommunen betalningsansvarig endast om den fasta vårdkontakten i den regionfinansierade öppna vården har kallat "
    "till samordnad individuell planering i enlighet med 4 kap. 3 §",
)
OUTPATIENT_CARE = _cite(
    "outpatient_care_available",
    "LUS 5 kap. 5 §",
    "Kommunens betalningsansvar ska inte inträda om patienten inte kan skrivas ut från den slutna vården på grund av "
    "att sådana insatser som den regionfinansierade öppna vården är ansvarig för inte är tillgängliga",
)
CARE_PLAN = _cite(
    "care_plan_established",
    "LUS 4 kap. 1 § andra stycket",
    "ska planeringen i stället genomföras enligt bestämmelserna om en samordnad vårdplan",
)
INPATIENT = _cite(
    "inpatient",
    "LUS 5 kap. 1 §",
    "för en patient som vårdas inom den slutna vården efter det att den behandlande läkaren har bedömt att patienten "
    "är utskrivningsklar",
)

ALL = (PAYER, ADMISSION_NOTICE, READY_NOTICE, SIP_CALL, OUTPATIENT_CARE, CARE_PLAN, INPATIENT)
"""Every quotation of this file; a test finds each in the text of the act."""
