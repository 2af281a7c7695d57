"""The gates on the single patient: what must be provable before a care day is charged (LUS 4:1, 4:3, 5:2, 5:3, 5:5).

The conditions are the act's own, quoted in its words; no agreement may change them (4:5). They are evaluated as columns
over the ready periods, the call to a joint plan (SIP) among them, and read back with clause and messages (4.3).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

import polars as pl

from agreements.model import Citation, Policy, Terms
from calendars.deadlines import next_weekday
from hemgang.episode.model import SipNeed
from hemgang.liability.columns import Evidence, Period, messages_of, reason_bit, situations_of
from hemgang.liability.model import Answer, Condition, Effect, Situation
from hemgang.liability.periods import PayerState
from hemgang.liability.rulebook import Ruleset

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


_C, _S, _E = Condition, Situation, Evidence
_ASKED: Mapping[Situation, tuple[Condition, Evidence, Callable[[Terms], Citation]]] = {
    _S.NO_ADMISSION_NOTICE: (_C.ADMISSION_NOTICE_SENT, _E(0), lambda _: ADMISSION_NOTICE),
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
    _S.SIP_NOT_CALLED: (_C.SIP_CALLED, _E(0), lambda _: SIP_CALL),
    _S.SIP_NOT_YET_CALLED: (_C.SIP_CALLED, _E(0), lambda terms: terms.sip_call_within_days.citation),
    _S.SIP_CALLED_LATE: (_C.SIP_CALLED, _E.SIP_CALL, lambda terms: terms.gates.late_sip_call.citation),
    _S.SIP_CALLED_BY_EXTENDED_DATE: (_C.SIP_CALLED, _E.SIP_CALL, lambda terms: terms.sip_call_within_days.citation),
    _S.SIP_NEED_UNKNOWN: (_C.SIP_CALLED, _E.SIP_CALL, lambda terms: terms.gates.unknown_sip_need.citation),
    _S.OUTPATIENT_CARE_UNAVAILABLE: (
        _C.OUTPATIENT_CARE_AVAILABLE,
        _E.OUTPATIENT,
        lambda _: OUTPATIENT_CARE,
    ),
    _S.OUTPATIENT_CARE_UNKNOWN: (
        _C.OUTPATIENT_CARE_AVAILABLE,
        _E(0),
        lambda terms: terms.gates.unknown_outpatient_care.citation,
    ),
    _S.NO_CARE_PLAN: (_C.CARE_PLAN_ESTABLISHED, _E(0), lambda _: CARE_PLAN),
    _S.UNKNOWN_PAYER: (_C.PAYER_KNOWN, _E.PAYER, lambda _: PAYER),
    _S.PAYER_NOT_VALID: (_C.PAYER_KNOWN, _E.PAYER, lambda _: PAYER),
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


NO_BITS = pl.lit(0, dtype=pl.UInt32)
_POLICIES = {Policy.IGNORE: 0, Policy.REVIEW: 1, Policy.BLOCK: 2}
REVIEW, BLOCK = 1, 2


@dataclass(frozen=True, slots=True)
class Bits:
    """What a condition says, as expressions: situations that block, that go to review, and what a charge rests on."""

    blocked: pl.Expr
    review: pl.Expr
    essential: pl.Expr


def with_parameters(periods: pl.DataFrame, rulesets: Sequence[Ruleset]) -> pl.DataFrame:
    """Add what the terms of each period's ruleset ask of the single patient, as columns `asks_*`."""
    rows = [(number, *_asked(rules)) for number, rules in enumerate(rulesets)]
    schema = {
        "ruleset": pl.Int32,
        "asks_notice_hours": pl.Int64,
        "asks_sip_days": pl.Int64,
        "asks_contact": pl.Boolean,
        "asks_late_notice": pl.UInt8,
        "asks_late_sip": pl.UInt8,
        "asks_unknown_need": pl.UInt8,
        "asks_unknown_outpatient": pl.UInt8,
        "asks_leave_counts": pl.Boolean,
        "asks_gates_of_population": pl.Boolean,
    }
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return periods.join(table, on="ruleset", how="left", maintain_order="left")


def _asked(rules: Ruleset) -> tuple[int | bool, ...]:
    terms = rules.terms
    gates = terms.gates
    return (
        terms.admission_notice_within_hours.value,
        terms.sip_call_within_days.value,
        gates.fixed_care_contact_required.value,
        *(
            _POLICIES[policy.value]
            for policy in (
                gates.late_admission_notice,
                gates.late_sip_call,
                gates.unknown_sip_need,
                gates.unknown_outpatient_care,
            )
        ),
        gates.leave_days_count.value,
        gates.population_requires_gates.value,
    )


def all_of(bits: Sequence[Bits]) -> Bits:
    """Return what several conditions say together."""
    return Bits(
        blocked=reduce(or_, (one.blocked for one in bits)),
        review=reduce(or_, (one.review for one in bits)),
        essential=reduce(or_, (one.essential for one in bits)),
    )


def by_policy(found: pl.Expr, policy: pl.Expr, situation: Situation) -> tuple[pl.Expr, pl.Expr]:
    """Return the blocking and the review bits of a situation that an agreement's policy decides on."""
    return flagged(found & (policy == BLOCK), situation), flagged(found & (policy == REVIEW), situation)


def flagged(found: pl.Expr, situation: Situation) -> pl.Expr:
    """Return the bit of a situation where it was found."""
    return pl.when(found).then(pl.lit(reason_bit(situation), dtype=pl.UInt32)).otherwise(NO_BITS)


def rests(found: pl.Expr, evidence: Evidence) -> pl.Expr:
    """Return the bits of messages that a charge rests on, where found."""
    return pl.when(found).then(pl.lit(int(evidence), dtype=pl.UInt32)).otherwise(NO_BITS)


def conditions_but_sip() -> Bits:
    """Return what every condition but that of the joint plan says; the payer's is asked by day, `payer_bits`."""
    return all_of([_admission_notice(), _care_contact(), _outpatient_care(), _care_plan()])


def payer_bits(state: pl.Expr) -> pl.Expr:
    """Return the blocking bits of a care day's payer: one that is not known, or not valid on the date. LUS 5:2."""
    unknown = flagged(state == int(PayerState.UNKNOWN), Situation.UNKNOWN_PAYER)
    return unknown | flagged(state == int(PayerState.NOT_VALID), Situation.PAYER_NOT_VALID)


def _admission_notice() -> Bits:
    """Answer LUS 5:3 and 2:3: sent, in elapsed hours from admission or the later moment of need; limit included."""
    sent = pl.col("admission_notice_at").is_not_null()
    seen_at = pl.max_horizontal("opened_at", pl.col("assessed_at").fill_null(pl.col("opened_at")))
    due = seen_at + pl.duration(hours=pl.col("asks_notice_hours"))
    late = sent & (pl.col("admission_notice_at") > due)
    blocked, review = by_policy(late, pl.col("asks_late_notice"), Situation.LATE_ADMISSION_NOTICE)
    return Bits(
        blocked=flagged(~sent, Situation.NO_ADMISSION_NOTICE) | blocked,
        review=review,
        essential=rests(sent, Evidence.OPENED | Evidence.ADMISSION_NOTICE),
    )


def _care_contact() -> Bits:
    assigned = pl.col("care_contact_message").is_not_null()
    return Bits(
        blocked=flagged(pl.col("asks_contact") & ~assigned, Situation.NO_CARE_CONTACT),
        review=NO_BITS,
        essential=rests(pl.col("asks_contact") & assigned, Evidence.CARE_CONTACT),
    )


def _outpatient_care() -> Bits:
    """Answer LUS 5:5; the latest word is essential where the case would be blocked without it."""
    unknown, policy = pl.col("outpatient").is_null(), pl.col("asks_unknown_outpatient")
    available = (pl.col("outpatient") == "yes").fill_null(False)
    before = pl.col("outpatient_before")
    blocked, review = by_policy(unknown, policy, Situation.OUTPATIENT_CARE_UNKNOWN)
    blocked_before = pl.when(before.is_null()).then(policy == BLOCK).otherwise(before != "yes")
    return Bits(
        blocked=flagged(~unknown & ~available, Situation.OUTPATIENT_CARE_UNAVAILABLE) | blocked,
        review=review,
        essential=rests(available & blocked_before, Evidence.OUTPATIENT),
    )


def _care_plan() -> Bits:
    established = pl.col("care_plan_message").is_not_null()
    return Bits(
        blocked=flagged(pl.col("compulsory") & ~established, Situation.NO_CARE_PLAN),
        review=NO_BITS,
        essential=rests(pl.col("compulsory") & established, Evidence.CARE_PLAN),
    )


_NOT_NEEDED = (SipNeed.NO.value, SipNeed.DECLINED.value)


def with_sip_days(periods: pl.DataFrame) -> pl.DataFrame:
    """Add the last date for the call, strict and as lag (1930:173) extends it: `sip_last` and `sip_extended`.

    The local date of the ready notice is day 0; the call is in time to the end of the last date.
    """
    last = periods.get_column("sent_on").cast(pl.Int32) + periods.get_column("asks_sip_days").cast(pl.Int32)
    days = last.to_numpy().astype("datetime64[D]")
    return periods.with_columns(sip_last=last.cast(pl.Date), sip_extended=pl.Series(next_weekday(days)).cast(pl.Date))


def sip_called(today: date) -> Bits:
    """Return whether the call came in time, or need not have come; `today` tells what can still be done in time.

    A call by the extended date goes to review. A call before the notice in the same episode is in time.
    """
    need, called = pl.col("sip_need"), _called(today)
    spared = need.is_in(_NOT_NEEDED).fill_null(False)
    needed = (need == SipNeed.YES.value).fill_null(False)
    unknown = ~spared & ~needed
    passed = _by("sip_last") | _by("sip_extended")
    policy = pl.col("asks_unknown_need")
    blocked_unknown, review_unknown = by_policy(unknown & ~passed, policy, Situation.SIP_NEED_UNKNOWN)
    asked = needed | (unknown & passed)
    rests_on_call = called.essential.ne(0) & (needed | (unknown & (policy == BLOCK)))
    return Bits(
        blocked=pl.when(needed).then(called.blocked).otherwise(NO_BITS) | blocked_unknown,
        review=pl.when(asked).then(called.review).otherwise(NO_BITS) | review_unknown,
        essential=rests(rests_on_call, Evidence.SIP_CALL)
        | rests(spared & _blocked_without_the_latest_need(called, passed), Evidence.SIP_NEED),
    )


def _blocked_without_the_latest_need(called: Bits, passed: pl.Expr) -> pl.Expr:
    before = pl.col("sip_need_before")
    needed_before = (before == SipNeed.YES.value).fill_null(False)
    unknown_before = ~before.is_in(_NOT_NEEDED).fill_null(False) & ~needed_before
    return (needed_before & called.blocked.ne(0)) | (unknown_before & ~passed & (pl.col("asks_unknown_need") == BLOCK))


def _called(today: date) -> Bits:
    """Return what the call says where one is needed."""
    sent = pl.col("sip_call_on").is_not_null()
    extended = sent & ~_by("sip_last") & _by("sip_extended")
    late = sent & ~_by("sip_extended")
    awaited = ~sent & (pl.lit(today) <= pl.col("sip_extended"))
    blocked, review = by_policy(late, pl.col("asks_late_sip"), Situation.SIP_CALLED_LATE)
    return Bits(
        blocked=flagged(awaited, Situation.SIP_NOT_YET_CALLED)
        | flagged(~sent & ~awaited, Situation.SIP_NOT_CALLED)
        | blocked,
        review=flagged(extended, Situation.SIP_CALLED_BY_EXTENDED_DATE) | review,
        essential=rests(sent & ~(late & (pl.col("asks_late_sip") == BLOCK)), Evidence.SIP_CALL),
    )


def _by(last: str) -> pl.Expr:
    """Tell whether a call was sent by a date, the date included."""
    return (pl.col("sip_call_on") <= pl.col(last)).fill_null(False)
