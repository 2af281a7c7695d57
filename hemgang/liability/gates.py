"""The gates on the single patient: what must be provable before a care day is charged (specification 4.3)."""

from collections.abc import Container
from datetime import datetime, timedelta

from agreements.model import Terms
from hemgang.episode.model import Episode, Fact, PayerFrom, ReadyPeriod
from hemgang.liability import statute
from hemgang.liability.conditions import Answer, Condition, Effect, Situation, Verdict
from hemgang.liability.sip_gate import sip_called


def patient_gates(episode: Episode, period: ReadyPeriod, *, terms: Terms, now: datetime) -> tuple[Answer, ...]:
    """Return the answers that hold for every care day of a ready period; the payer is asked for by day, `payer_known`.

    `terms` are those the period is governed by; `now` tells what can still be done in time. LUS 5:3, 5:5, 4:1.
    """
    answers = [
        _admission_notice_sent(episode),
        _admission_notice_in_time(episode, terms),
        Answer.passed(Condition.READY_NOTICE_SENT, statute.READY_NOTICE, period.notice.message),
    ]
    if terms.gates.fixed_care_contact_required.value:
        answers.append(_care_contact_assigned(episode, period, terms))
    answers.append(sip_called(episode, period, terms=terms, now=now))
    answers.append(_outpatient_care_available(episode.outpatient_care, terms))
    if episode.compulsory:
        answers.append(_care_plan_established(episode, period))
    return tuple(answers)


def payer_known(payer: PayerFrom | None, *, municipalities: Container[str]) -> Answer:
    """Return whether the payer of a care day is on the list of municipalities (a district by its city). LUS 5:2."""
    if payer is not None and payer.payer.partition("/")[0] in municipalities:
        return Answer.passed(Condition.PAYER_KNOWN, statute.PAYER, payer.message)
    messages = () if payer is None else (payer.message,)
    return Answer.blocked(Condition.PAYER_KNOWN, Situation.UNKNOWN_PAYER, statute.PAYER, *messages)


def _admission_notice_sent(episode: Episode) -> Answer:
    condition, citation = Condition.ADMISSION_NOTICE_SENT, statute.ADMISSION_NOTICE
    first = _notice_during_stay(episode)
    if first is None:
        return Answer.blocked(condition, Situation.NO_ADMISSION_NOTICE, citation)
    return Answer.passed(condition, citation, first.message)


def _admission_notice_in_time(episode: Episode, terms: Terms) -> Answer:
    """Answer LUS 2:3 in elapsed hours from the admission, or the later moment the need was seen; limit included."""
    condition, within = Condition.ADMISSION_NOTICE_IN_TIME, terms.admission_notice_within_hours
    first, opened = _notice_during_stay(episode), episode.opened
    if first is None or opened is None:
        nothing = Situation.NO_ADMISSION_NOTICE
        return Answer(condition, Verdict.UNKNOWN, Effect.CHARGE, nothing, (), (), within.citation)
    seen_at = max(opened.at, first.assessed_at or opened.at)
    if first.at <= seen_at + timedelta(hours=within.value):
        return Answer.passed(condition, within.citation, opened.message, first.message)
    policy = terms.gates.late_admission_notice
    messages = (opened.message, first.message)
    return Answer(
        condition,
        Verdict.FAIL,
        Effect.by(policy.value),
        Situation.LATE_ADMISSION_NOTICE,
        messages,
        messages,
        policy.citation,
    )


def _notice_during_stay(episode: Episode) -> Fact | None:
    """Return the first admission notice; one sent after the end meets the ward's duty, not this condition."""
    end = episode.end
    return next((notice for notice in episode.admission_notices if end is None or notice.at <= end.at), None)


def _care_contact_assigned(episode: Episode, period: ReadyPeriod, terms: Terms) -> Answer:
    condition, citation = Condition.CARE_CONTACT_ASSIGNED, terms.gates.fixed_care_contact_required.citation
    for contact in episode.care_contacts:
        if period.end is None or contact.at <= period.end.at:
            return Answer.passed(condition, citation, contact.message)
    return Answer.blocked(condition, Situation.NO_CARE_CONTACT, citation)


def _outpatient_care_available(words: tuple[Fact, ...], terms: Terms) -> Answer:
    condition, policy = Condition.OUTPATIENT_CARE_AVAILABLE, terms.gates.unknown_outpatient_care
    if not words:
        unknown, effect = Situation.OUTPATIENT_CARE_UNKNOWN, Effect.by(policy.value)
        return Answer(condition, Verdict.UNKNOWN, effect, unknown, (), (), policy.citation)
    latest = (words[-1].message,)
    if words[-1].value != "yes":
        unavailable = Situation.OUTPATIENT_CARE_UNAVAILABLE
        return Answer.blocked(condition, unavailable, statute.OUTPATIENT_CARE, *latest)
    before = _outpatient_care_available(words[-2:-1], terms)
    essential = latest if before.effect is Effect.BLOCK else ()
    return Answer(
        condition, Verdict.PASS, Effect.CHARGE, Situation.IN_ORDER, latest, essential, statute.OUTPATIENT_CARE
    )


def _care_plan_established(episode: Episode, period: ReadyPeriod) -> Answer:
    for plan in episode.care_plans:
        if plan.at <= period.notice.at:
            return Answer.passed(Condition.CARE_PLAN_ESTABLISHED, statute.CARE_PLAN, plan.message)
    return Answer.blocked(Condition.CARE_PLAN_ESTABLISHED, Situation.NO_CARE_PLAN, statute.CARE_PLAN)
