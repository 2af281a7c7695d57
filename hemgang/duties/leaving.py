"""The duties of a ready period's length, and of the discharge itself (LUS 3 kap. 2 §, 5 kap. 4 §, agreements)."""

from collections.abc import Iterator
from datetime import date, timedelta

from agreements.citation import Citation
from agreements.clause import ChargeKind, Clause, DayUnit, GateKind
from agreements.model import Terms
from calendars.day_table import nth_weekday_after_of
from calendars.deadlines import end_of_date
from calendars.wording import written_day
from calendars.zone import local_date
from hemgang.duties.case import Case, Found
from hemgang.duties.due import by_date, by_date_or_next_weekday
from hemgang.duties.model import Duty, DutyKind
from hemgang.duties.sentences import cited, counted, when
from hemgang.episode.model import EndKind, Fact, ReadyPeriod


def discharge_target(case: Case) -> Iterator[Duty]:
    """Yield the last date that counts for a share clause (day 1), for each ready period and share clause."""
    for period, terms, clause in _clauses(case):
        gate = clause.gate
        if gate.kind is not GateKind.SHARE_BELOW or gate.within_days is None:
            continue
        day0 = period.clock_date(gate.cutoff)
        last_day = day0 + timedelta(days=gate.within_days)
        citation = clause.citation("within_days")
        why = (
            f"{_day0(period, day0)}: a discharge by the end of day {gate.within_days}, {written_day(last_day)}, "
            f"counts for the month's share {cited(citation)}."
        )
        yield case.duty(DutyKind.DISCHARGE_TARGET, _found(period, terms, clause.id, citation, last_day, why))


def last_free_day(case: Case) -> Iterator[Duty]:
    """Yield the last date on which a discharge costs nothing, for each ready period and clause that charges days."""
    for period, terms, clause in _clauses(case):
        if clause.charge.kind is not ChargeKind.INDIVIDUAL:
            continue
        day0 = period.clock_date(clause.cutoff)
        last_day = _last_free(day0, clause)
        citation = clause.citation("free_care_days")
        unit = "care day" if clause.charge.unit is DayUnit.CALENDAR_DAY else "weekday"
        why = (
            f"{_day0(period, day0)}: {counted(clause.charge.free_care_days, unit)} cost nothing, "
            f"so a discharge on {written_day(last_day)} is the last free one {cited(citation)}."
        )
        yield case.duty(DutyKind.LAST_FREE_DAY, _found(period, terms, clause.id, citation, last_day, why))


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
        why=f"Discharged {when(end.at)}: the information is handed over on {written_day(day)} {cited(citation)}.",
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


def _found(period: ReadyPeriod, terms: Terms, clause_id: str, citation: Citation, last_day: date, why: str) -> Found:
    return Found(
        terms=terms,
        opened=period.notice,
        due=by_date(end_of_date(last_day)),
        met_at=period.end.at if period.end else None,
        void_at=None,
        citation=citation,
        why=why,
        period=period.number,
        clause_id=clause_id,
    )


def _day0(period: ReadyPeriod, day0: date) -> str:
    return (
        f"Ready notice sent {when(period.notice.at)} for {written_day(period.ready_on)}, day 0 is {written_day(day0)}"
    )
