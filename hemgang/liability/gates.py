"""The gates on the single patient as columns: what must be provable before a care day is charged (4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl

from agreements.model import Policy
from hemgang.liability.conditions import Situation
from hemgang.liability.marks import Evidence, reason_bit
from hemgang.liability.payer_spans import PayerState
from hemgang.liability.rulesets import Ruleset

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
