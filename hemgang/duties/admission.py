"""The duties that follow from the admission and its notice (LUS 2 kap. 3, 5 and 6 §§)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from calendars.planning import planning_start as start_of_planning
from calendars.staffing import add_staffed
from calendars.zone import in_utc, start_of_day
from hemgang.duties.case import Case, Found
from hemgang.duties.due import by_discharge, by_hours
from hemgang.duties.model import Duty, DutyKind
from hemgang.duties.sentences import cited, counted, when
from hemgang.episode.model import EndKind, Fact


def admission_notice(case: Case) -> Iterator[Duty]:
    """Yield the admission notice (inskrivningsmeddelande): hours elapsed from admission or the later assessment."""
    notice = _first(case.episode.admission_notices)
    opened, opened_at = case.opened, case.opened.at
    begins = f"Admitted {when(opened_at)}"
    if notice is not None and notice.assessed_at is not None and notice.assessed_at > opened_at:
        opened, opened_at = notice, min(notice.assessed_at, notice.at)
        begins += f", the need seen {when(opened_at)}"
    terms = case.terms_on(opened_at)
    if terms is None:
        return
    limit = terms.admission_notice_within_hours
    due = by_hours(in_utc(opened_at) + timedelta(hours=limit.value))
    why = (
        f"{begins}: the admission notice is due within {counted(limit.value, 'hour')}, "
        f"at the latest {when(due.strict)} {cited(limit.citation)}."
    )
    found = Found(
        terms=terms,
        opened=opened,
        opened_at=opened_at,
        due=due,
        met_at=_at(notice),
        void_at=None,
        citation=limit.citation,
        why=why,
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
    why = (
        f"Admission notice {start.why} {cited(terms.planning.citation)}; under way within "
        f"{counted(hours.value, 'staffed hour')}, at the latest {when(due.strict)} {cited(hours.citation)}."
    )
    found = Found(
        terms=terms,
        opened=notice,
        due=due,
        met_at=_at(_first(case.episode.planning_starts)),
        void_at=case.ended_at(*EndKind),
        citation=hours.citation,
        why=why,
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
    until = f"the expected discharge date begins {when(strict)}" if strict else "no discharge date is expected yet"
    citation = terms.care_contact_before_discharge.citation
    found = Found(
        terms=terms,
        opened=notice,
        due=by_discharge(strict, case.ended_at(EndKind.DISCHARGED)),
        met_at=_at(_first(case.episode.care_contacts)),
        void_at=case.ended_at(EndKind.DIED, EndKind.CANCELLED),
        citation=citation,
        why=f"Admission notice sent {when(notice.at)}: a fixed care contact is named before the patient is discharged; "
        f"{until} {cited(citation)}.",
    )
    yield case.duty(DutyKind.CARE_CONTACT, found)


def _first(facts: tuple[Fact, ...]) -> Fact | None:
    return facts[0] if facts else None


def _at(fact: Fact | None) -> datetime | None:
    return None if fact is None else fact.at
