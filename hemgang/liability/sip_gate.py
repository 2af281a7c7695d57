"""The gate of the joint plan: was the call to SIP sent within three days, where a SIP is needed (LUS 4:3, 5:3)."""

from datetime import datetime

from agreements.citation import Citation
from agreements.model import Terms
from calendars.deadlines import within_days
from hemgang.episode.model import Episode, Fact, ReadyPeriod, SipNeed
from hemgang.liability import statute
from hemgang.liability.conditions import Answer, Condition, Effect, Situation, Verdict


def sip_called(episode: Episode, period: ReadyPeriod, *, terms: Terms, now: datetime) -> Answer:
    """Return whether the call came in time, or need not have come.

    The day of the ready notice is day 0 and the call is in time to the end of the last day (day 3), or by the date that
    lag (1930:173) extends it to, which goes to review. A call before the notice in the same episode is in time.
    """
    return _answer(episode.sip_needs, episode.sip_calls, period=period, terms=terms, now=now)


def _answer(
    needs: tuple[Fact, ...], calls: tuple[Fact, ...], *, period: ReadyPeriod, terms: Terms, now: datetime
) -> Answer:
    need = SipNeed(needs[-1].value or SipNeed.UNKNOWN) if needs else SipNeed.UNKNOWN
    if need in {SipNeed.NO, SipNeed.DECLINED}:
        without = _answer(needs[-2:-1], calls, period=period, terms=terms, now=now)
        latest = (needs[-1].message,)
        essential = latest if without.effect is Effect.BLOCK else ()
        return _said(Verdict.PASS, Effect.CHARGE, Situation.IN_ORDER, statute.SIP_CALL, latest, essential)
    called = _called(calls, period=period, terms=terms, now=now)
    if need is SipNeed.YES:
        return called
    policy = terms.gates.unknown_sip_need
    effect = Effect.by(policy.value)
    if called.verdict is Verdict.PASS:
        kept = called.essential if effect is Effect.BLOCK else ()
        return _said(Verdict.PASS, called.effect, called.situation, called.citation, called.messages, kept)
    return _said(Verdict.UNKNOWN, effect, Situation.SIP_NEED_UNKNOWN, policy.citation, called.messages)


def _called(calls: tuple[Fact, ...], *, period: ReadyPeriod, terms: Terms, now: datetime) -> Answer:
    within = terms.sip_call_within_days
    due = within_days(period.notice.at, within.value)
    if not calls:
        if now < due.extended_due:
            return _said(Verdict.UNKNOWN, Effect.BLOCK, Situation.SIP_NOT_YET_CALLED, within.citation)
        return _said(Verdict.FAIL, Effect.BLOCK, Situation.SIP_NOT_CALLED, statute.SIP_CALL)
    first = (calls[0].message,)
    if calls[0].at < due.strict_due:
        return _said(Verdict.PASS, Effect.CHARGE, Situation.IN_ORDER, within.citation, first, first)
    if calls[0].at < due.extended_due:
        extended = Situation.SIP_CALLED_BY_EXTENDED_DATE
        return _said(Verdict.PASS, Effect.REVIEW, extended, within.citation, first, first)
    policy = terms.gates.late_sip_call
    effect = Effect.by(policy.value)
    essential: tuple[str, ...] = () if effect is Effect.BLOCK else first
    return _said(Verdict.FAIL, effect, Situation.SIP_CALLED_LATE, policy.citation, first, essential)


def _said(
    verdict: Verdict,
    effect: Effect,
    situation: Situation,
    citation: Citation,
    messages: tuple[str, ...] = (),
    essential: tuple[str, ...] = (),
) -> Answer:
    return Answer(Condition.SIP_CALLED, verdict, effect, situation, messages, essential, citation)
