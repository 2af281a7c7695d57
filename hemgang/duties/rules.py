"""What duties are computed from, and how what one kind of duty found becomes a duty with its status.

The duties that follow from the admission and its notice (LUS 2 kap. 3, 5 and 6 §§).

The duties of a ready period's length, and of the discharge itself (LUS 3 kap. 2 §, 5 kap. 4 §, agreements).

The duties of the joint plan (samordnad individuell plan, SIP): the call (LUS 4 kap. 3 §) and the plan itself.

All duties of an episode at an instant: each kind has one function, in one table (specification 3.1).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from agreements.fields import STATUTE
from agreements.model import ChargeKind, Citation, Clause, DayUnit, GateKind, Terms
from agreements.registry import Agreements
from calendars.deadlines import end_of_date, nth_weekday_after_of, practical_due, within_days
from calendars.deadlines import planning_start as start_of_planning
from calendars.formatting import written_instant
from calendars.staffing import ALWAYS, StaffingRule, add_staffed
from calendars.timezone import in_utc, local_date, plain_utc, start_of_day
from hemgang.duties.model import (
    OWNERS,
    Course,
    Deadline,
    Due,
    Duty,
    DutyKind,
    Role,
    Status,
    by_date,
    by_date_or_next_weekday,
    by_discharge,
    by_hours,
    stands,
)
from hemgang.duties.roster import Roster
from hemgang.episode.model import EndKind, Episode, Fact, ReadyPeriod, SipNeed, as_at
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.deadlines import deadline_phrase, planning_phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one kind of duty found in the episode: what opened it, what met it, what made it pointless, and why.

    `opened_at` where that is another instant than the opening message's own. Instants in UTC.
    """

    terms: Terms
    opened: Fact
    due: Due
    met_at: datetime | None
    void_at: datetime | None
    citation: Citation
    because: Phrase
    opened_at: datetime | None = None
    period: int | None = None
    clause_id: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One episode as it stood at `now`; `opened` is its `admitted`."""

    episode: Episode
    opened: Fact
    agreements: Agreements
    roster: Roster
    now: datetime

    def terms_on(self, instant: datetime) -> Terms | None:
        """Return the terms for region and payer on the local date of an instant; None before LUS came into force."""
        on = local_date(instant)
        region = self.episode.region_on(on)
        if region is None or not self.agreements.named(STATUTE).in_force(on):
            return None
        payer = self.episode.payer_on(on)
        return self.agreements.terms(region, on, payer.payer if payer else None)

    def ended_at(self, *kinds: EndKind) -> datetime | None:
        """Return the instant at which the stay ended in one of these ways; None if it did not."""
        end = self.episode.end
        return end.at if end is not None and end.kind in kinds else None

    def hours_of(self, owner: Role, terms: Terms, at: datetime) -> StaffingRule:
        """Return when a unit is staffed: as the roster knows it, else the ward always, others in planning hours."""
        known = self.roster.hours_of(owner, self.episode, at)
        if known is not None:
            return known
        return ALWAYS if owner is Role.WARD else terms.planning.value

    def duty(self, kind: DutyKind, found: Found) -> Duty:
        """Return the duty with its practical due and its status at `now`."""
        due, opened_at = found.due, found.opened_at or found.opened.at
        owners = OWNERS[kind]
        cancelled_at = self.ended_at(EndKind.CANCELLED)
        status = stands(Course(found.met_at, found.void_at, cancelled_at), due.deadline, self.now)
        acted = found.met_at if status in {Status.MET, Status.MET_LATE} else None
        void_at = (cancelled_at or found.void_at) if status is Status.VOID else None
        hours = self.hours_of(owners[0], found.terms, acted or void_at or self.now)
        missed = status in {Status.MISSED, Status.MET_LATE}
        return Duty(
            kind=kind,
            episode=self.episode.id,
            period=found.period,
            clause_id=found.clause_id,
            clause=found.citation.clause,
            owners=owners,
            opened_by=found.opened.message,
            opened_at=opened_at,
            strict_due=due.strict,
            due_included=due.deadline.included,
            extended_due=due.extended,
            practical_due=None if due.strict is None else plain_utc(practical_due(hours, due.strict)),
            status=status,
            met_at=acted,
            because=found.because,
            missed_at=due.deadline.at if missed else None,
            void_at=void_at,
            hours=hours,
            judged_at_due=due.judged_at_due,
        )


def admission_notice(case: Case) -> Iterator[Duty]:
    """Yield the admission notice (inskrivningsmeddelande): hours elapsed from admission or the later assessment."""
    notice = _first(case.episode.admission_notices)
    opened, opened_at = case.opened, case.opened.at
    assessed = None
    if notice is not None and notice.assessed_at is not None and notice.assessed_at > opened_at:
        opened, opened_at = notice, min(notice.assessed_at, notice.at)
        assessed = opened_at
    terms = case.terms_on(opened_at)
    if terms is None:
        return
    limit = terms.admission_notice_within_hours
    due = by_hours(in_utc(opened_at) + timedelta(hours=limit.value))
    because = phrase(
        "duty.because.admission_notice_assessed" if assessed else "duty.because.admission_notice",
        opened=case.opened.at,
        assessed=assessed,
        hours=phrase("duty.unit.hours", count=limit.value),
        due=due.strict,
        clause=_clause(limit.citation),
    )
    found = Found(
        terms=terms,
        opened=opened,
        opened_at=opened_at,
        due=due,
        met_at=_at(notice),
        void_at=None,
        citation=limit.citation,
        because=because,
    )
    yield case.duty(DutyKind.ADMISSION_NOTICE, found)


def planning_start(case: Case) -> Iterator[Duty]:
    """Yield the start of planning: staffed hours from the planning start of the first admission notice."""
    notice = _first(case.episode.admission_notices)
    terms = case.terms_on(notice.at) if notice else None
    if notice is None or terms is None:
        return
    start = start_of_planning(terms.planning.value, notice.at)
    hours = terms.planning_response_hours
    due = by_hours(add_staffed(terms.planning.value, start.starts_at, staffed=timedelta(hours=hours.value)))
    because = phrase(
        "duty.because.planning_start",
        start=planning_phrase(start),
        planning=_clause(terms.planning.citation),
        hours=phrase("duty.unit.staffed_hours", count=hours.value),
        due=due.strict,
        clause=_clause(hours.citation),
    )
    found = Found(
        terms=terms,
        opened=notice,
        due=due,
        met_at=_at(_first(case.episode.planning_starts)),
        void_at=case.ended_at(*EndKind),
        citation=hours.citation,
        because=because,
    )
    yield case.duty(DutyKind.PLANNING_START, found)


def care_contact(case: Case) -> Iterator[Duty]:
    """Yield the fixed care contact (fast vårdkontakt): due by the expected discharge date, judged at the discharge."""
    notice = _first(case.episode.admission_notices)
    terms = case.terms_on(notice.at) if notice else None
    if notice is None or terms is None or not terms.care_contact_before_discharge.value:
        return
    expected = case.episode.expected_discharges[-1].day if case.episode.expected_discharges else None
    strict = start_of_day(expected) if expected is not None else None
    citation = terms.care_contact_before_discharge.citation
    found = Found(
        terms=terms,
        opened=notice,
        due=by_discharge(strict, case.ended_at(EndKind.DISCHARGED)),
        met_at=_at(_first(case.episode.care_contacts)),
        void_at=case.ended_at(EndKind.DIED, EndKind.CANCELLED),
        citation=citation,
        because=phrase(
            "duty.because.care_contact" if strict else "duty.because.care_contact_no_date",
            sent=notice.at,
            due=strict,
            clause=_clause(citation),
        ),
    )
    yield case.duty(DutyKind.CARE_CONTACT, found)


def _first(facts: tuple[Fact, ...]) -> Fact | None:
    return facts[0] if facts else None


def _at(fact: Fact | None) -> datetime | None:
    return None if fact is None else fact.at


def discharge_target(case: Case) -> Iterator[Duty]:
    """Yield the last date that counts for a share clause (day 1), for each ready period and share clause."""
    for period, terms, clause in _clauses(case):
        gate = clause.gate
        if gate.kind is not GateKind.SHARE_BELOW or gate.within_days is None:
            continue
        day0 = period.clock_date(gate.cutoff)
        last_day = day0 + timedelta(days=gate.within_days)
        citation = clause.citation("within_days")
        because = phrase(
            "duty.because.discharge_target",
            day0=_day0(period, day0),
            within=gate.within_days,
            last=last_day,
            clause=_clause(citation),
        )
        yield case.duty(DutyKind.DISCHARGE_TARGET, _found(period, terms, clause.id, citation, last_day, because))


def last_free_day(case: Case) -> Iterator[Duty]:
    """Yield the last date on which a discharge costs nothing, for each ready period and clause that charges days."""
    for period, terms, clause in _clauses(case):
        if clause.charge.kind is not ChargeKind.INDIVIDUAL:
            continue
        day0 = period.clock_date(clause.cutoff)
        last_day = _last_free(day0, clause)
        citation = clause.citation("free_care_days")
        unit = "care_days" if clause.charge.unit is DayUnit.CALENDAR_DAY else "weekdays"
        because = phrase(
            "duty.because.last_free_day",
            day0=_day0(period, day0),
            free=phrase(f"duty.unit.{unit}", count=clause.charge.free_care_days),
            last=last_day,
            clause=_clause(citation),
        )
        yield case.duty(DutyKind.LAST_FREE_DAY, _found(period, terms, clause.id, citation, last_day, because))


def discharge_information(case: Case) -> Iterator[Duty]:
    """Yield the information handed over at discharge: the same date."""
    end = case.episode.end
    terms = case.terms_on(end.at) if end is not None and end.kind is EndKind.DISCHARGED else None
    if end is None or terms is None or not terms.discharge_information_same_day.value:
        return
    day = local_date(end.at)
    sent = case.episode.discharge_information
    citation = terms.discharge_information_same_day.citation
    found = Found(
        terms=terms,
        opened=Fact(end.message, end.at),
        due=by_date_or_next_weekday(end_of_date(day)),
        met_at=sent[0].at if sent else None,
        void_at=None,
        citation=citation,
        because=phrase("duty.because.discharge_information", discharged=end.at, day=day, clause=_clause(citation)),
    )
    yield case.duty(DutyKind.DISCHARGE_INFORMATION, found)


def _last_free(day0: date, clause: Clause) -> date:
    """Return the date that is the last free one to leave on: day f, or the f-th weekday after day 0."""
    free = clause.charge.free_care_days
    if clause.charge.unit is DayUnit.WEEKDAY and free:
        return nth_weekday_after_of(day0, free)
    return day0 + timedelta(days=free)


def _clauses(case: Case) -> Iterator[tuple[ReadyPeriod, Terms, Clause]]:
    """Yield the clauses for the patient's kind of care that hold on the date of each ready notice."""
    patient = case.episode.patient
    for period in case.episode.periods:
        terms = case.terms_on(period.notice.at)
        if terms is None:
            continue
        for clause in terms.clauses:
            if patient is None or clause.covers(patient.care, patient.age):
                yield period, terms, clause


def _found(
    period: ReadyPeriod, terms: Terms, clause_id: str, citation: Citation, last_day: date, because: Phrase
) -> Found:
    return Found(
        terms=terms,
        opened=period.notice,
        due=by_date(end_of_date(last_day)),
        met_at=period.end.at if period.end else None,
        void_at=None,
        citation=citation,
        because=because,
        period=period.number,
        clause_id=clause_id,
    )


def _day0(period: ReadyPeriod, day0: date) -> Phrase:
    return phrase("duty.because.day0", sent=period.notice.at, ready_on=period.ready_on, day0=day0)


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
            because=phrase(
                "duty.because.sip_call",
                days=phrase("duty.unit.days", count=limit.value),
                clause=_clause(limit.citation),
                dated=deadline_phrase(dated, period.notice.at),
            ),
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
        because=phrase(
            "duty.because.sip_established",
            days=phrase("duty.unit.days", count=limit.value),
            clause=_clause(limit.citation),
            dated=deadline_phrase(dated, call.at),
        ),
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


KINDS: Mapping[DutyKind, Callable[[Case], Iterator[Duty]]] = MappingProxyType(
    {
        DutyKind.ADMISSION_NOTICE: admission_notice,
        DutyKind.PLANNING_START: planning_start,
        DutyKind.CARE_CONTACT: care_contact,
        DutyKind.SIP_CALL: sip_call,
        DutyKind.SIP_ESTABLISHED: sip_established,
        DutyKind.DISCHARGE_TARGET: discharge_target,
        DutyKind.LAST_FREE_DAY: last_free_day,
        DutyKind.DISCHARGE_INFORMATION: discharge_information,
    }
)
"""Which function finds the duties of which kind."""

NEVER = datetime.max.replace(tzinfo=UTC)


def duties_of(episode: Episode, agreements: Agreements, roster: Roster, now: datetime) -> tuple[Duty, ...]:
    """Return every duty that has opened by `now`, with its status then; by strict due (none last), then key.

    A fact dated after `now` does not count yet. An episode that nothing opened has no duties, and nothing follows
    from what happened before LUS (2017:612) came into force on 2018-01-01.

    Raises:
        ParameterNotInForce: an agreement in force has no value for the date of a message.
    """
    seen = as_at(episode, now)
    if seen.opened is None:
        return ()
    case = Case(seen, seen.opened, agreements, roster, now)
    found = (duty for kind in KINDS.values() for duty in kind(case))
    return tuple(sorted(found, key=_order))


def _order(duty: Duty) -> tuple[datetime, str]:
    return (duty.strict_due or NEVER, duty.key)


def _clause(citation: Citation) -> Phrase:
    """Return the clause a value rests on in brackets, and that it is an assumption where no source gives it."""
    assumed = citation.assumption is not None
    return phrase("duty.cited_assumption" if assumed else "duty.cited", clause=citation.clause)


def when(instant: datetime | None) -> str:
    """Write an instant in Stockholm local time, or that there is none."""
    return "no fixed time" if instant is None else written_instant(instant)
