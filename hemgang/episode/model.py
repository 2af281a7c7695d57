"""An episode (vårdtillfälle) as the fold of its messages: state, facts, ready periods, findings (specification 1.3).

`as_at` gives it as it stood at an instant: a notice dated ahead is left out until then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from calendars.timezone import local, local_date
from hemgang.findings import Finding


class State(StrEnum):
    """Where a discharge stands."""

    UNOPENED = "unopened"
    ADMITTED = "admitted"
    PLANNING = "planning"
    READY = "ready"
    DISCHARGED = "discharged"
    DIED = "died"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether the stay is over."""
        return self in {State.DISCHARGED, State.DIED, State.CANCELLED}


class EndKind(StrEnum):
    """What ended a ready period."""

    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    DISCHARGED = "discharged"
    DIED = "died"
    CANCELLED = "cancelled"


class SipNeed(StrEnum):
    """Whether a joint plan (SIP) is needed; without a message it is unknown."""

    YES = "yes"
    NO = "no"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """That something happened: the message it rests on and its instant (UTC).

    `value` and `day` are what the message carries, if anything (a need, a contact, an expected date);
    `assessed_at` is the later moment at which an admission notice says the need was seen.
    """

    message: str
    at: datetime
    value: str | None = None
    day: date | None = None
    sender: str | None = None
    assessed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """What ended a ready period, and when (UTC); `status` is the one a discharge carries in some systems."""

    kind: EndKind
    at: datetime
    message: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class ReadyPeriod:
    """A ready period (tid som utskrivningsklar): from a ready notice to the first of its ends; numbered from 1."""

    number: int
    ready_on: date
    notice: Fact
    end: PeriodEnd | None = None
    repeats: tuple[Fact, ...] = ()

    def clock_date(self, cutoff: time | None = None) -> date:
        """Return day 0: the later of `ready_on` and the notice's local date, that one day later after a cut-off."""
        sent_on = local_date(self.notice.at)
        if cutoff is not None and local(self.notice.at).time() > cutoff:
            sent_on += timedelta(days=1)
        return max(self.ready_on, sent_on)

    def end_date(self) -> date | None:
        """Return the local date of the end, None while the period is open."""
        return local_date(self.end.at) if self.end else None

    def days(self, *, until: date, cutoff: time | None = None) -> int:
        """Return d, whole calendar days from the clock date to `until`, never below 0."""
        return max(0, (until - self.clock_date(cutoff)).days)


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave (permission) of the patient; open while `ended_at` is None. Instants in UTC."""

    started_at: datetime
    ended_at: datetime | None
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayerFrom:
    """The payer (betalningsansvarig) from a local date on: municipality code, in Stockholm city `0180/<district>`."""

    payer: str
    since: date
    message: str


@dataclass(frozen=True, slots=True)
class RegionFrom:
    """The county (two-digit code) whose hospital the patient is in from a local date on."""

    region: str
    since: date


@dataclass(frozen=True, slots=True)
class Patient:
    """What the admission says of the patient without saying who it is."""

    care: str
    legal_status: str
    sex: str
    age: int | None
    clinic: str | None
    care_centre: str | None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """One inpatient stay as far as it is known; a pure function of its messages.

    Facts are in message order, so the first or the last is what a rule asks for. `opened` is None when no
    `admitted` message is known. `periods` are in order; the open one, if any, is last.
    """

    id: str
    state: State
    opened: Fact | None
    region: str | None
    patient: Patient | None
    payers: tuple[PayerFrom, ...]
    periods: tuple[ReadyPeriod, ...]
    leaves: tuple[Leave, ...]
    end: PeriodEnd | None
    findings: tuple[Finding, ...]
    admission_notices: tuple[Fact, ...] = ()
    acknowledgements: tuple[Fact, ...] = ()
    planning_starts: tuple[Fact, ...] = ()
    care_contacts: tuple[Fact, ...] = ()
    expected_discharges: tuple[Fact, ...] = ()
    sip_needs: tuple[Fact, ...] = ()
    outpatient_care: tuple[Fact, ...] = ()
    care_plans: tuple[Fact, ...] = ()
    sip_calls: tuple[Fact, ...] = ()
    sips_held: tuple[Fact, ...] = ()
    sips_established: tuple[Fact, ...] = ()
    discharge_information: tuple[Fact, ...] = ()
    regions: tuple[RegionFrom, ...] = ()
    transfers: tuple[Fact, ...] = ()

    @property
    def final_period(self) -> ReadyPeriod | None:
        """The ready period that the discharge ended, if there is one."""
        last = self.periods[-1] if self.periods else None
        return last if last and last.end and last.end.kind is EndKind.DISCHARGED else None

    @property
    def sip_need(self) -> SipNeed:
        """The latest word on whether a SIP is needed."""
        return SipNeed(self.sip_needs[-1].value or "unknown") if self.sip_needs else SipNeed.UNKNOWN

    @property
    def compulsory(self) -> bool:
        """Whether the patient leaves for compulsory outpatient care (öppen psykiatrisk tvångsvård)."""
        return self.patient is not None and self.patient.legal_status == "compulsory_outpatient"

    def region_on(self, day: date) -> str | None:
        """Return the county the patient was in on `day`, the first known one before it."""
        current = self.regions[0].region if self.regions else self.region
        for entered in self.regions:
            if entered.since <= day:
                current = entered.region
        return current

    def payer_on(self, day: date) -> PayerFrom | None:
        """Return the payer of a care day that begins on `day`; the first known one for days before it."""
        current: PayerFrom | None = self.payers[0] if self.payers else None
        for payer in self.payers:
            if payer.since <= day:
                current = payer
        return current


FACT_LISTS: tuple[str, ...] = tuple(field.name for field in fields(Episode) if field.type == tuple[Fact, ...])
"""The fields of an episode that hold facts, by their type, so that none can be left out."""

STOCKHOLM_CITY = "0180"


def as_at(episode: Episode, now: datetime) -> Episode:
    """Return the episode with facts, ready periods and ends up to `now` only (`now` included).

    `state` and `findings` stay those of the whole fold: duties do not read them. A message dated ahead that undoes
    an earlier end (a cancelled discharge, a cancelled stay) has undone it already; none lies more than 24 hours ahead.
    """
    if all(instant <= now for instant in instants_of(episode)):
        return episode
    facts: dict[str, Any] = {name: _by(getattr(episode, name), now) for name in FACT_LISTS}
    return replace(
        episode,
        opened=episode.opened if episode.opened and episode.opened.at <= now else None,
        end=_end_by(episode.end, now),
        periods=tuple(_period_by(period, now) for period in episode.periods if period.notice.at <= now),
        **facts,
    )


def instants_of(episode: Episode) -> Iterator[datetime]:
    """Yield the instant of every fact, notice and end of an episode, in no order; duties can change at these."""
    if episode.opened is not None:
        yield episode.opened.at
    if episode.end is not None:
        yield episode.end.at
    for period in episode.periods:
        yield period.notice.at
        if period.end is not None:
            yield period.end.at
    for name in FACT_LISTS:
        for fact in getattr(episode, name):
            yield fact.at


def payer_code(fields: Mapping[str, Any]) -> str:
    """Return the payer (betalningsansvarig): the municipality code, in Stockholm city `0180/<district>`."""
    municipality = str(fields["municipality"])
    district = fields.get("district")
    return f"{municipality}/{district}" if municipality == STOCKHOLM_CITY and district else municipality


def age_at(day: date, fields: Mapping[str, Any]) -> int | None:
    """Return the age in whole years on `day`, from `birth_date` or as given in `age`; None where neither is known."""
    born = fields.get("birth_date")
    if not isinstance(born, date):
        age = fields.get("age")
        return age if isinstance(age, int) else None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _by(facts: tuple[Fact, ...], now: datetime) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.at <= now)


def _end_by(end: PeriodEnd | None, now: datetime) -> PeriodEnd | None:
    return end if end is not None and end.at <= now else None


def _period_by(period: ReadyPeriod, now: datetime) -> ReadyPeriod:
    return replace(period, end=_end_by(period.end, now))
