"""The duties of the joint plan (samordnad individuell plan, SIP): the call (LUS 4 kap. 3 §) and the plan itself."""

from collections.abc import Iterator
from datetime import datetime

from calendars.deadlines import within_days
from hemgang.duties.case import Case, Found
from hemgang.duties.due import by_date_or_next_weekday
from hemgang.duties.model import Duty, DutyKind
from hemgang.duties.sentences import cited, counted
from hemgang.duties.standing import Deadline
from hemgang.episode.model import EndKind, Fact, ReadyPeriod, SipNeed

NOT_NEEDED = frozenset({SipNeed.NO, SipNeed.DECLINED})
POINTLESS = frozenset({EndKind.WITHDRAWN, EndKind.MOVED, EndKind.DIED, EndKind.CANCELLED})
"""Ends of a ready period after which nobody has to call; a discharge is not one."""


def sip_call(case: Case) -> Iterator[Duty]:
    """Yield the SIP call of each ready period, days from its notice; none while a SIP is not needed or declined."""
    if case.episode.sip_need in NOT_NEEDED:
        return
    for period in case.episode.periods:
        terms = case.terms_on(period.notice.at)
        if terms is None:
            continue
        limit = terms.sip_call_within_days
        dated = within_days(period.notice.at, limit.value)
        due = by_date_or_next_weekday(dated)
        found = Found(
            terms=terms,
            opened=period.notice,
            due=due,
            met_at=_call_for(period, case.episode.sip_calls, due.deadline),
            void_at=_pointless_at(period),
            citation=limit.citation,
            why=f"Call to SIP within {counted(limit.value, 'day')} {cited(limit.citation)}: ready notice {dated.why}.",
            period=period.number,
        )
        yield case.duty(DutyKind.SIP_CALL, found)


def sip_established(case: Case) -> Iterator[Duty]:
    """Yield the established plan: days from the first SIP call."""
    if not case.episode.sip_calls:
        return
    call = case.episode.sip_calls[0]
    terms = case.terms_on(call.at)
    if terms is None:
        return
    limit = terms.sip_established_within_days
    dated = within_days(call.at, limit.value)
    established = case.episode.sips_established
    found = Found(
        terms=terms,
        opened=call,
        due=by_date_or_next_weekday(dated),
        met_at=established[0].at if established else None,
        void_at=case.ended_at(EndKind.DIED, EndKind.CANCELLED),
        citation=limit.citation,
        why=f"SIP established within {counted(limit.value, 'day')} {cited(limit.citation)}: first call {dated.why}.",
    )
    yield case.duty(DutyKind.SIP_ESTABLISHED, found)


def _call_for(period: ReadyPeriod, calls: tuple[Fact, ...], deadline: Deadline) -> datetime | None:
    """The earliest call of the period in time, else the latest before its notice, else the earliest late one."""
    void_at = _pointless_at(period)
    after = next((call.at for call in calls if call.at >= period.notice.at), None)
    if after is not None and deadline.kept(after) and (void_at is None or after <= void_at):
        return after
    before = [call.at for call in calls if call.at < period.notice.at]
    return before[-1] if before else after


def _pointless_at(period: ReadyPeriod) -> datetime | None:
    return period.end.at if period.end is not None and period.end.kind in POINTLESS else None
