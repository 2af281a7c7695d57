"""The kinds of duty (åtagande), each declared once: its owners, what opens it, and when it is due, met and void.

`DUTY_RULES` is the list (specification 3.1). A rule's functions look at one episode as it stood at `now`; from each
thing that opens one a duty follows. Sources: LUS 2 kap. 3, 5 and 6 §§, 3 kap. 2 §, 4 kap. 3 §, 5 kap. 4 §, agreements.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from agreements.fields import STATUTE
from agreements.model import ChargeKind, Citation, Cited, Clause, DayUnit, GateKind, Terms
from agreements.registry import Agreements
from calendars.deadlines import end_of_date, nth_weekday_after_of, practical_due, within_days
from calendars.deadlines import planning_start as start_of_planning
from calendars.staffing import ALWAYS, StaffingRule, add_staffed
from calendars.timezone import in_utc, local_date, plain_utc, start_of_day
from hemgang.duties.model import (
    Due,
    Duty,
    DutyHistory,
    DutyKind,
    Role,
    Status,
    by_date,
    by_date_or_next_weekday,
    by_discharge,
    by_hours,
    duty_status,
    kind_of_key,
)
from hemgang.duties.roster import Roster
from hemgang.episode.model import EndKind, Episode, Fact, ReadyPeriod, SipNeed, as_at
from hemgang.i18n.catalogue import Phrase, phrase
from hemgang.i18n.deadlines import deadline_phrase, planning_phrase
from hemgang.i18n.formats import instant_text
from hemgang.i18n.language import Language

NEVER = datetime.max.replace(tzinfo=UTC)
NOT_NEEDED = frozenset({SipNeed.NO, SipNeed.DECLINED})
POINTLESS = frozenset({EndKind.WITHDRAWN, EndKind.MOVED, EndKind.DIED, EndKind.CANCELLED})
"""Ends of a ready period after which nobody has to call; a discharge is not one."""


@dataclass(frozen=True, slots=True)
class RuleContext:
    """One episode as it stood at `now`; `admitted` is what opened it."""

    episode: Episode
    admitted: Fact
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens a duty: a message, the instant (UTC) that counts, and the terms that hold then."""

    fact: Fact
    at: datetime
    terms: Terms

    @property
    def period_number(self) -> int | None:
        """The ready period that the duty is of, from 1; None for one of the whole stay."""
        return None

    @property
    def clause_id(self) -> str:
        """The clause that tells duties of one kind and period apart; "" where there is one only."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOpening(Opening):
    """A ready notice, which opens a period."""

    period: ReadyPeriod

    @property
    def period_number(self) -> int | None:
        """The number of the period, from 1."""
        return self.period.number


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseOpening(PeriodOpening):
    """A ready notice under one clause of liability: its day 0, and the last date on which a discharge is in time."""

    clause: Clause
    day0: date
    last_day: date

    @property
    def clause_id(self) -> str:
        """The clause's id."""
        return self.clause.id


Op = TypeVar("Op", bound=Opening)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule(Generic[Op]):
    """One kind of duty. The first owner's hours count where there are two; instants are in UTC.

    `opened`: what opens one, each for a duty of its own. `clause`: what the duty rests on. `met`: when it was done,
    `void`: when it became pointless, None while neither is so. `because`: the sentence that says why it is due then.
    `due_included`: whether acting at the very instant of the strict due is in time, as where hours are counted; else it
    is the end of a date, which is too late.
    A stay that is cancelled voids every duty.
    """

    kind: DutyKind
    owners: tuple[Role, ...]
    opened: Callable[[RuleContext], Iterator[Op]]
    clause: Callable[[Op], Citation]
    due: Callable[[RuleContext, Op], Due]
    due_included: bool
    met: Callable[[RuleContext, Op, Due], datetime | None]
    void: Callable[[RuleContext, Op], datetime | None]
    because: Callable[[RuleContext, Op, Due], Phrase]

    def duties(self, context: RuleContext) -> Iterator[Duty]:
        """Yield a duty for each thing that opened one, with its status at `now`."""
        return (self._duty(context, opening) for opening in self.opened(context))

    def _duty(self, context: RuleContext, opening: Op) -> Duty:
        due = self.due(context, opening)
        history = DutyHistory(
            met_at=self.met(context, opening, due),
            void_at=self.void(context, opening),
            cancelled_at=context.ended_at(EndKind.CANCELLED),
        )
        status = duty_status(history, due.deadline, context.now)
        met_at = history.met_at if status in {Status.MET, Status.MET_LATE} else None
        void_at = (history.cancelled_at or history.void_at) if status is Status.VOID else None
        hours = context.hours_of(self.owners[0], opening.terms, met_at or void_at or context.now)
        missed = status in {Status.MISSED, Status.MET_LATE}
        return Duty(
            kind=self.kind,
            episode=context.episode.id,
            period=opening.period_number,
            clause_id=opening.clause_id,
            clause=self.clause(opening).clause,
            owners=self.owners,
            opened_by=opening.fact.message,
            opened_at=opening.at,
            strict_due=due.strict,
            due_included=due.deadline.included,
            extended_due=due.extended,
            practical_due=None if due.strict is None else plain_utc(practical_due(hours, due.strict)),
            status=status,
            met_at=met_at,
            because=self.because(context, opening, due),
            missed_at=due.deadline.at if missed else None,
            void_at=void_at,
            hours=hours,
            judged_at_due=due.judged_at_due,
        )


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
    context = RuleContext(seen, seen.opened, agreements, roster, now)
    return tuple(sorted((duty for rule in DUTY_RULES for duty in rule.duties(context)), key=_order))


def owners_of_key(key: str) -> tuple[Role, ...]:
    """Return the owners of a duty by its key (kind/period/clause), also when the duty itself is gone."""
    return RULE_OF_KIND[kind_of_key(key)].owners


def when(instant: datetime | None) -> str:
    """Write an instant in Stockholm local time, or that there is none."""
    return "no fixed time" if instant is None else instant_text(Language.ENGLISH, instant)


def _order(duty: Duty) -> tuple[datetime, str]:
    return (duty.strict_due or NEVER, duty.key)


def _cited(citation: Citation) -> Phrase:
    """The clause a value rests on in brackets, and that it is an assumption where no source gives it."""
    assumed = citation.assumption is not None
    return phrase("duty.cited_assumption" if assumed else "duty.cited", clause=citation.clause)


def _first(facts: tuple[Fact, ...]) -> Fact | None:
    return facts[0] if facts else None


def _first_at(facts: tuple[Fact, ...]) -> datetime | None:
    return facts[0].at if facts else None


def _opened_by(context: RuleContext, fact: Fact | None, at: datetime | None = None) -> Iterator[Opening]:
    """The opening by a message, at its own instant or another; none without the message, or before LUS."""
    if fact is not None:
        instant = at or fact.at
        terms = context.terms_on(instant)
        if terms is not None:
            yield Opening(fact=fact, at=instant, terms=terms)


# The admission and its notice


def _admission_or_assessment(context: RuleContext) -> Iterator[Opening]:
    """The admission, or the later assessment of the need that the notice itself tells of."""
    notice, admitted = _first(context.episode.admission_notices), context.admitted
    if notice is not None and notice.assessed_at is not None and notice.assessed_at > admitted.at:
        return _opened_by(context, notice, min(notice.assessed_at, notice.at))
    return _opened_by(context, admitted)


def _admission_notice_due(_: RuleContext, opening: Opening) -> Due:
    hours = opening.terms.admission_notice_within_hours.value
    return by_hours(in_utc(opening.at) + timedelta(hours=hours))


def _because_of_the_admission(context: RuleContext, opening: Opening, due: Due) -> Phrase:
    limit, assessed = opening.terms.admission_notice_within_hours, opening.fact is not context.admitted
    return phrase(
        "duty.because.admission_notice_assessed" if assessed else "duty.because.admission_notice",
        opened=context.admitted.at,
        assessed=opening.at if assessed else None,
        hours=phrase("duty.unit.hours", count=limit.value),
        due=due.strict,
        clause=_cited(limit.citation),
    )


def _admission_notice(context: RuleContext) -> Iterator[Opening]:
    return _opened_by(context, _first(context.episode.admission_notices))


def _planning_start_due(_: RuleContext, opening: Opening) -> Due:
    planning = opening.terms.planning.value
    start = start_of_planning(planning, opening.at)
    hours = timedelta(hours=opening.terms.planning_response_hours.value)
    return by_hours(add_staffed(planning, start.starts_at, staffed=hours), why=planning_phrase(start))


def _because_of_the_planning_start(_: RuleContext, opening: Opening, due: Due) -> Phrase:
    planning, hours = opening.terms.planning, opening.terms.planning_response_hours
    return phrase(
        "duty.because.planning_start",
        start=due.why,
        planning=_cited(planning.citation),
        hours=phrase("duty.unit.staffed_hours", count=hours.value),
        due=due.strict,
        clause=_cited(hours.citation),
    )


def _admission_notice_where_a_contact_is_agreed(context: RuleContext) -> Iterator[Opening]:
    return (one for one in _admission_notice(context) if one.terms.care_contact_before_discharge.value)


def _care_contact_due(context: RuleContext, _: Opening) -> Due:
    """Planned for the expected date of discharge, judged at the discharge itself."""
    expected = context.episode.expected_discharges
    day = expected[-1].day if expected else None
    strict = None if day is None else start_of_day(day)
    return by_discharge(strict, context.ended_at(EndKind.DISCHARGED))


def _because_of_the_care_contact(_: RuleContext, opening: Opening, due: Due) -> Phrase:
    return phrase(
        "duty.because.care_contact" if due.strict else "duty.because.care_contact_no_date",
        sent=opening.at,
        due=due.strict,
        clause=_cited(opening.terms.care_contact_before_discharge.citation),
    )


# The joint plan (samordnad individuell plan, SIP)


def _ready_notices_where_sip_is_needed(context: RuleContext) -> Iterator[PeriodOpening]:
    """Every ready notice; none while a SIP is not needed or declined."""
    return iter(()) if context.episode.sip_need in NOT_NEEDED else _ready_notices(context)


def _days_after(opening: Opening, days: int) -> Due:
    """So many days from an opening, to the end of the date."""
    dated = within_days(opening.at, days)
    return by_date_or_next_weekday(dated, why=deadline_phrase(dated, opening.at))


def _ready_notices(context: RuleContext) -> Iterator[PeriodOpening]:
    for period in context.episode.periods:
        terms = context.terms_on(period.notice.at)
        if terms is not None:
            yield PeriodOpening(fact=period.notice, at=period.notice.at, terms=terms, period=period)


def _sip_call_met(context: RuleContext, opening: PeriodOpening, due: Due) -> datetime | None:
    """The earliest call of the period in time, else the latest before its notice, else the earliest late one."""
    calls, notice_at, void_at = context.episode.sip_calls, opening.at, _sip_call_void(context, opening)
    after = next((call.at for call in calls if call.at >= notice_at), None)
    if after is not None and due.deadline.in_time(after) and (void_at is None or after <= void_at):
        return after
    before = [call.at for call in calls if call.at < notice_at]
    return before[-1] if before else after


def _sip_call_void(_: RuleContext, opening: PeriodOpening) -> datetime | None:
    end = opening.period.end
    return end.at if end is not None and end.kind in POINTLESS else None


def _because_of_the_ready_notice(_: RuleContext, opening: PeriodOpening, due: Due) -> Phrase:
    return _within("duty.because.sip_call", opening.terms.sip_call_within_days, due)


def _because_of_the_call(_: RuleContext, opening: Opening, due: Due) -> Phrase:
    return _within("duty.because.sip_established", opening.terms.sip_established_within_days, due)


def _within(key: str, limit: Cited[int], due: Due) -> Phrase:
    days = phrase("duty.unit.days", count=limit.value)
    return phrase(key, days=days, clause=_cited(limit.citation), dated=due.why)


# The length of a ready period, and the discharge


def _ready_notices_under_share_clauses(context: RuleContext) -> Iterator[ClauseOpening]:
    for opening, clause in _ready_notices_by_clause(context):
        if clause.gate.kind is GateKind.SHARE_BELOW and clause.gate.within_days is not None:
            day0 = opening.period.clock_date(clause.gate.cutoff)
            yield _under(opening, clause, day0, day0 + timedelta(days=clause.gate.within_days))


def _ready_notices_under_day_clauses(context: RuleContext) -> Iterator[ClauseOpening]:
    for opening, clause in _ready_notices_by_clause(context):
        if clause.charge.kind is ChargeKind.INDIVIDUAL:
            day0 = opening.period.clock_date(clause.cutoff)
            yield _under(opening, clause, day0, _last_free_day(day0, clause))


def _ready_notices_by_clause(context: RuleContext) -> Iterator[tuple[PeriodOpening, Clause]]:
    """Every ready notice with each clause for the patient's kind of care that holds on its date."""
    patient = context.episode.patient
    for opening in _ready_notices(context):
        for clause in opening.terms.clauses:
            if patient is None or clause.covers(patient.care, patient.age):
                yield opening, clause


def _under(opening: PeriodOpening, clause: Clause, day0: date, last_day: date) -> ClauseOpening:
    return ClauseOpening(
        fact=opening.fact,
        at=opening.at,
        terms=opening.terms,
        period=opening.period,
        clause=clause,
        day0=day0,
        last_day=last_day,
    )


def _last_free_day(day0: date, clause: Clause) -> date:
    """The last date on which leaving is free: day f, or the f-th weekday after day 0."""
    free = clause.charge.free_care_days
    if clause.charge.unit is DayUnit.WEEKDAY and free:
        return nth_weekday_after_of(day0, free)
    return day0 + timedelta(days=free)


def _period_end(_: RuleContext, opening: PeriodOpening, __: Due) -> datetime | None:
    return opening.period.end.at if opening.period.end else None


def _because_of_the_share(_: RuleContext, opening: ClauseOpening, __: Due) -> Phrase:
    return phrase(
        "duty.because.discharge_target",
        day0=_day0(opening),
        within=opening.clause.gate.within_days,
        last=opening.last_day,
        clause=_cited(opening.clause.citation("within_days")),
    )


def _because_of_the_free_days(_: RuleContext, opening: ClauseOpening, __: Due) -> Phrase:
    charge = opening.clause.charge
    unit = "care_days" if charge.unit is DayUnit.CALENDAR_DAY else "weekdays"
    return phrase(
        "duty.because.last_free_day",
        day0=_day0(opening),
        free=phrase(f"duty.unit.{unit}", count=charge.free_care_days),
        last=opening.last_day,
        clause=_cited(opening.clause.citation("free_care_days")),
    )


def _day0(opening: ClauseOpening) -> Phrase:
    return phrase("duty.because.day0", sent=opening.at, ready_on=opening.period.ready_on, day0=opening.day0)


def _discharge_where_information_is_agreed(context: RuleContext) -> Iterator[Opening]:
    end = context.episode.end
    if end is None or end.kind is not EndKind.DISCHARGED:
        return iter(())
    openings = _opened_by(context, Fact(end.message, end.at))
    return (one for one in openings if one.terms.discharge_information_same_day.value)


def _because_of_the_discharge(_: RuleContext, opening: Opening, __: Due) -> Phrase:
    citation = opening.terms.discharge_information_same_day.citation
    return phrase(
        "duty.because.discharge_information",
        discharged=opening.at,
        day=local_date(opening.at),
        clause=_cited(citation),
    )


DUTY_RULES: tuple[DutyRule[Any], ...] = (
    DutyRule(
        kind=DutyKind.ADMISSION_NOTICE,  # inskrivningsmeddelande
        owners=(Role.WARD,),
        opened=_admission_or_assessment,
        clause=lambda opening: opening.terms.admission_notice_within_hours.citation,
        due=_admission_notice_due,
        due_included=True,
        met=lambda context, _, __: _first_at(context.episode.admission_notices),
        void=lambda _, __: None,
        because=_because_of_the_admission,
    ),
    DutyRule(
        kind=DutyKind.PLANNING_START,
        owners=(Role.OUTPATIENT_UNIT, Role.MUNICIPAL_UNIT),
        opened=_admission_notice,
        clause=lambda opening: opening.terms.planning_response_hours.citation,
        due=_planning_start_due,
        due_included=True,
        met=lambda context, _, __: _first_at(context.episode.planning_starts),
        void=lambda context, _: context.ended_at(*EndKind),
        because=_because_of_the_planning_start,
    ),
    DutyRule(
        kind=DutyKind.CARE_CONTACT,  # fast vårdkontakt
        owners=(Role.OUTPATIENT_UNIT,),
        opened=_admission_notice_where_a_contact_is_agreed,
        clause=lambda opening: opening.terms.care_contact_before_discharge.citation,
        due=_care_contact_due,
        due_included=False,
        met=lambda context, _, __: _first_at(context.episode.care_contacts),
        void=lambda context, _: context.ended_at(EndKind.DIED, EndKind.CANCELLED),
        because=_because_of_the_care_contact,
    ),
    DutyRule(
        kind=DutyKind.SIP_CALL,
        owners=(Role.FIXED_CARE_CONTACT,),
        opened=_ready_notices_where_sip_is_needed,
        clause=lambda opening: opening.terms.sip_call_within_days.citation,
        due=lambda _, opening: _days_after(opening, opening.terms.sip_call_within_days.value),
        due_included=False,
        met=_sip_call_met,
        void=_sip_call_void,
        because=_because_of_the_ready_notice,
    ),
    DutyRule(
        kind=DutyKind.SIP_ESTABLISHED,
        owners=(Role.FIXED_CARE_CONTACT,),
        opened=lambda context: _opened_by(context, _first(context.episode.sip_calls)),
        clause=lambda opening: opening.terms.sip_established_within_days.citation,
        due=lambda _, opening: _days_after(opening, opening.terms.sip_established_within_days.value),
        due_included=False,
        met=lambda context, _, __: _first_at(context.episode.sips_established),
        void=lambda context, _: context.ended_at(EndKind.DIED, EndKind.CANCELLED),
        because=_because_of_the_call,
    ),
    DutyRule(
        kind=DutyKind.DISCHARGE_TARGET,  # the last date that counts for a share clause
        owners=(Role.MUNICIPAL_UNIT,),
        opened=_ready_notices_under_share_clauses,
        clause=lambda opening: opening.clause.citation("within_days"),
        due=lambda _, opening: by_date(end_of_date(opening.last_day)),
        due_included=False,
        met=_period_end,
        void=lambda _, __: None,
        because=_because_of_the_share,
    ),
    DutyRule(
        kind=DutyKind.LAST_FREE_DAY,  # the last date on which a discharge costs nothing
        owners=(Role.MUNICIPAL_UNIT,),
        opened=_ready_notices_under_day_clauses,
        clause=lambda opening: opening.clause.citation("free_care_days"),
        due=lambda _, opening: by_date(end_of_date(opening.last_day)),
        due_included=False,
        met=_period_end,
        void=lambda _, __: None,
        because=_because_of_the_free_days,
    ),
    DutyRule(
        kind=DutyKind.DISCHARGE_INFORMATION,
        owners=(Role.WARD,),
        opened=_discharge_where_information_is_agreed,
        clause=lambda opening: opening.terms.discharge_information_same_day.citation,
        due=lambda _, opening: by_date_or_next_weekday(end_of_date(local_date(opening.at))),
        due_included=False,
        met=lambda context, _, __: _first_at(context.episode.discharge_information),
        void=lambda _, __: None,
        because=_because_of_the_discharge,
    ),
)
"""Every kind of duty, in the order of a stay."""

RULE_OF_KIND: Mapping[DutyKind, DutyRule[Any]] = MappingProxyType({rule.kind: rule for rule in DUTY_RULES})
