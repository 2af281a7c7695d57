"""What duties are computed from, and how what one kind of duty found becomes a duty with its status."""

from dataclasses import dataclass
from datetime import datetime

from agreements.citation import Citation
from agreements.model import Terms
from agreements.names import STATUTE
from agreements.register import Agreements
from calendars.deadlines import practical_due
from calendars.staffing import ALWAYS, StaffingRule
from calendars.zone import local_date, plain_utc
from hemgang.duties.due import Due
from hemgang.duties.model import Duty, DutyKind, Role, Status
from hemgang.duties.owners import OWNERS
from hemgang.duties.roster import Roster
from hemgang.duties.standing import Course, stands
from hemgang.episode.model import EndKind, Episode, Fact


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
    why: str
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
            why=found.why,
            missed_at=due.deadline.at if missed else None,
            void_at=void_at,
            hours=hours,
            judged_at_due=due.judged_at_due,
        )
