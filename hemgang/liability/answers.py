"""What the conditions on a single ready period said, with clause and messages: read from its columns (4.3)."""

from collections.abc import Callable, Iterator, Mapping

from agreements.citation import Citation
from agreements.model import Terms
from hemgang.liability import statute
from hemgang.liability.conditions import Answer, Condition, Effect, Situation
from hemgang.liability.evidence import Period, messages_of
from hemgang.liability.marks import Evidence, situations_of

_C, _S, _E = Condition, Situation, Evidence
_ASKED: Mapping[Situation, tuple[Condition, Evidence, Callable[[Terms], Citation]]] = {
    _S.NO_ADMISSION_NOTICE: (_C.ADMISSION_NOTICE_SENT, _E(0), lambda _: statute.ADMISSION_NOTICE),
    _S.LATE_ADMISSION_NOTICE: (
        _C.ADMISSION_NOTICE_IN_TIME,
        _E.OPENED | _E.ADMISSION_NOTICE,
        lambda terms: terms.gates.late_admission_notice.citation,
    ),
    _S.NO_CARE_CONTACT: (
        _C.CARE_CONTACT_ASSIGNED,
        _E(0),
        lambda terms: terms.gates.fixed_care_contact_required.citation,
    ),
    _S.SIP_NOT_CALLED: (_C.SIP_CALLED, _E(0), lambda _: statute.SIP_CALL),
    _S.SIP_NOT_YET_CALLED: (_C.SIP_CALLED, _E(0), lambda terms: terms.sip_call_within_days.citation),
    _S.SIP_CALLED_LATE: (_C.SIP_CALLED, _E.SIP_CALL, lambda terms: terms.gates.late_sip_call.citation),
    _S.SIP_CALLED_BY_EXTENDED_DATE: (_C.SIP_CALLED, _E.SIP_CALL, lambda terms: terms.sip_call_within_days.citation),
    _S.SIP_NEED_UNKNOWN: (_C.SIP_CALLED, _E.SIP_CALL, lambda terms: terms.gates.unknown_sip_need.citation),
    _S.OUTPATIENT_CARE_UNAVAILABLE: (
        _C.OUTPATIENT_CARE_AVAILABLE,
        _E.OUTPATIENT,
        lambda _: statute.OUTPATIENT_CARE,
    ),
    _S.OUTPATIENT_CARE_UNKNOWN: (
        _C.OUTPATIENT_CARE_AVAILABLE,
        _E(0),
        lambda terms: terms.gates.unknown_outpatient_care.citation,
    ),
    _S.NO_CARE_PLAN: (_C.CARE_PLAN_ESTABLISHED, _E(0), lambda _: statute.CARE_PLAN),
    _S.UNKNOWN_PAYER: (_C.PAYER_KNOWN, _E.PAYER, lambda _: statute.PAYER),
    _S.PAYER_NOT_VALID: (_C.PAYER_KNOWN, _E.PAYER, lambda _: statute.PAYER),
}
"""For each situation the condition, the messages the answer rests on, and the clause that asks or decides."""


def missing(period: Period, terms: Terms, *, reasons: tuple[str, ...]) -> tuple[Answer, ...]:
    """Return what blocks a care day whose row names these reasons, in order."""
    named = [situation for situation in Situation if situation.value in reasons]
    ordered = sorted(named, key=lambda situation: reasons.index(situation.value))
    return tuple(_answer(situation, Effect.BLOCK, period, terms) for situation in ordered)


def doubts(period: Period, terms: Terms) -> tuple[Answer, ...]:
    """Return what puts a charged period on the joint review list, in the order of the conditions."""
    return tuple(_answer(situation, Effect.REVIEW, period, terms) for situation in situations_of(period["review"]))


def deciding(terms: Terms, situations: int) -> Iterator[Citation]:
    """Yield the clauses that the situations of these bits rest on."""
    for situation in situations_of(situations):
        yield _ASKED[situation][2](terms)


def _answer(situation: Situation, effect: Effect, period: Period, terms: Terms) -> Answer:
    condition, evidence, cited = _ASKED[situation]
    messages = messages_of(period, int(evidence), period["began"])
    return Answer(condition, effect, situation, messages, cited(terms))
