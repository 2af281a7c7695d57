"""A duty (åtagande), one thing that someone must do by a time: its due, its status, its alerts (specification 3).

`Duty` is one at an instant, `Due` and `duty_status` decide about it, `Memory` is what is stored of an episode's duties,
and `Step` what one step decides. The kinds themselves are declared in `hemgang.duties.rules`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calendars.deadlines import DateDeadline
from calendars.staffing import ALWAYS, StaffingRule
from calendars.timezone import plain_utc
from hemgang.i18n.catalogue import Phrase


class DutyKind(StrEnum):
    """The duties of specification 3.1 that follow from an episode."""

    ADMISSION_NOTICE = "admission_notice"
    PLANNING_START = "planning_start"
    CARE_CONTACT = "care_contact"
    SIP_CALL = "sip_call"
    SIP_ESTABLISHED = "sip_established"
    DISCHARGE_TARGET = "discharge_target"
    LAST_FREE_DAY = "last_free_day"
    DISCHARGE_INFORMATION = "discharge_information"


def kind_of_key(key: str) -> DutyKind:
    """Return the kind of a duty by its key (kind/period/clause), also when the duty itself is gone."""
    return DutyKind(key.partition("/")[0])


class Status(StrEnum):
    """Where a duty stands at an instant."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    MISSED = "missed"
    VOID = "void"

    @property
    def unresolved(self) -> bool:
        """Whether someone still has to act: open, or missed and not yet done."""
        return self is Status.OPEN or self is Status.MISSED


class Role(StrEnum):
    """Who a duty or a rung speaks to; the directory turns a role into recipients."""

    WARD = "ward"
    OUTPATIENT_UNIT = "outpatient_unit"
    FIXED_CARE_CONTACT = "fixed_care_contact"
    MUNICIPAL_UNIT = "municipal_unit"
    BACKUP = "backup"
    MANAGER = "manager"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty at one instant.

    Instants are in UTC. `opened_by` is the id of the message it rests on. `strict_due` is None only where nothing
    fixes it yet. `due_included`: whether acting at exactly `strict_due` is in time (elapsed hours) or late (end of a
    date). `met_at` may precede `opened_at` (a SIP call before the ready notice). `missed_at` is set once it has been
    missed, also when it was met later; `void_at` where the status is void. `clause_id` tells duties of one kind
    apart where several clauses make one each; "" otherwise. `hours`: when the responsible unit is staffed, which is
    what `practical_due` and the rungs count in. `judged_at_due`: whether it is missed when `strict_due` passes.
    `because`: why it is due then.
    """

    kind: DutyKind
    episode: str
    period: int | None
    clause_id: str
    clause: str
    owners: tuple[Role, ...]
    opened_by: str
    opened_at: datetime
    strict_due: datetime | None
    due_included: bool
    extended_due: datetime | None
    practical_due: datetime | None
    status: Status
    met_at: datetime | None
    because: Phrase
    missed_at: datetime | None = None
    void_at: datetime | None = None
    hours: StaffingRule = ALWAYS
    judged_at_due: bool = True

    @property
    def key(self) -> str:
        """The name of the duty within its episode, stable over revisions: kind/period/clause."""
        return f"{self.kind}/{self.period or 0}/{self.clause_id}"

    @property
    def why(self) -> str:
        """Why it is due then, in English, as it is stored and as JSON carries it."""
        return str(self.because)

    @property
    def miss_at(self) -> datetime | None:
        """The instant at which it was missed, or will be if nobody acts; None where nothing fixes it yet."""
        if self.missed_at is not None:
            return self.missed_at
        return self.strict_due if self.judged_at_due else None


@dataclass(frozen=True, slots=True)
class DutyRecord:
    """What was last stored of a duty: its revision (from 1) and what a change is measured against."""

    key: str
    revision: int
    strict_due: datetime | None
    practical_due: datetime | None
    status: Status


class RungOutcome(StrEnum):
    """What became of a rung."""

    FIRED = "fired"
    OVERTAKEN = "overtaken"
    UNSTAFFED = "unstaffed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class RungRecord:
    """One rung of one revision, done once: (key, revision, rung) is unique in the store, and that is the claim."""

    key: str
    revision: int
    rung: str
    outcome: RungOutcome
    at: datetime
    reason: str


class AlertKind(StrEnum):
    """Why an alert is sent."""

    REMINDER = "reminder"
    MISSED = "missed"
    RESOLVED = "resolved"
    OPERATOR = "operator"


class AlertState(StrEnum):
    """Where an alert stands between decision and delivery."""

    HELD = "held"
    PENDING = "pending"
    DROPPED = "dropped"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to one recipient about one duty.

    (episode, key, revision, rung, recipient) is unique. `fired_at` is the decision, `release_at` the earliest
    sending; equal for urgent ones. `duty_status` is what the alert claims of the duty; a resolved note that claims open
    or missed says that the due moved. `reason` says why it was dropped.
    `bundled` is set from just before the first try to send it: it may have been read from then on.
    """

    episode: str
    key: str
    revision: int
    rung: str
    kind: AlertKind
    role: Role
    recipient: str
    channel: str
    urgent: bool
    fired_at: datetime
    release_at: datetime
    duty_status: Status
    state: AlertState
    reason: str = ""
    bundled: bool = False

    @property
    def duty(self) -> DutyKind:
        """The kind of the duty it is about."""
        return kind_of_key(self.key)

    @property
    def period(self) -> int | None:
        """The ready period it is about, from 1; None for a duty of the episode."""
        return int(self.key.split("/", 2)[1]) or None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A named person has seen an alert of a duty's revision at an instant (UTC)."""

    key: str
    revision: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What is stored about one episode's duties before a step."""

    duties: tuple[DutyRecord, ...] = ()
    rungs: tuple[RungRecord, ...] = ()
    alerts: tuple[Alert, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """A duty that is new or changed in this step, with its revision number and why the number rose."""

    duty: Duty
    revision: int
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a discharge decides; written in one transaction, and empty when done twice.

    `alerts` holds new alerts, and earlier held or pending ones whose state changed; at its release a held one takes
    `kind` and `duty_status` anew. `withdrawn_keys`: stored duties that no longer exist, whose records go.
    `next_wake` is the next instant (UTC) at which something may be due, None when nothing is.
    """

    revisions: tuple[Revision, ...]
    withdrawn_keys: tuple[str, ...]
    rungs: tuple[RungRecord, ...]
    alerts: tuple[Alert, ...]
    next_wake: datetime | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant a duty is judged by; None while nothing fixes it. `included`: acting exactly then is in time."""

    at: datetime | None
    included: bool

    def in_time(self, instant: datetime) -> bool:
        """Whether something done at `instant` is in time."""
        if self.at is None:
            return True
        return instant <= self.at if self.included else instant < self.at

    def passed(self, now: datetime) -> bool:
        """Whether what is not known to be done at `now` is missed: from the deadline itself on."""
        return self.at is not None and now >= self.at


@dataclass(frozen=True, slots=True)
class DutyHistory:
    """What has happened to a duty by now; instants in UTC. `void_at` is the first event that makes it pointless."""

    met_at: datetime | None
    void_at: datetime | None
    cancelled_at: datetime | None


def duty_status(history: DutyHistory, deadline: Deadline, now: datetime) -> Status:
    """Return the status at `now`; every instant of the history lies at or before it.

    A cancelled stay voids always. Else: met in time and not after it became void, met; void in time, void; deadline
    passed, missed, or met_late if it was met after all; a duty once missed stays so when the stay ends.
    """
    if history.cancelled_at is not None:
        return Status.VOID
    met_at, void_at = history.met_at, history.void_at
    if void_at is not None and deadline.in_time(void_at) and (met_at is None or met_at > void_at):
        return Status.VOID
    if met_at is not None:
        return Status.MET if deadline.in_time(met_at) else Status.MET_LATE
    return Status.MISSED if deadline.passed(now) else Status.OPEN


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due. `deadline` is what it is judged by: `strict`, or the discharge for a care contact.

    `why`: how the calendar came to it, where that is more than counting.
    """

    strict: datetime | None
    deadline: Deadline
    extended: datetime | None = None
    why: Phrase | None = None

    @property
    def judged_at_due(self) -> bool:
        """Whether the duty is missed when `strict` passes."""
        return self.strict is not None and self.deadline.at == self.strict


def by_hours(strict: datetime, *, why: Phrase | None = None) -> Due:
    """Return a deadline in hours: acting at exactly `strict` is in time."""
    at = plain_utc(strict)
    return Due(at, Deadline(at, included=True), why=why)


def by_date(dated: DateDeadline) -> Due:
    """Return a deadline at the end of a date: the instant the next day begins is late."""
    at = plain_utc(dated.strict_due)
    return Due(at, Deadline(at, included=False))


def by_date_or_next_weekday(dated: DateDeadline, *, why: Phrase | None = None) -> Due:
    """Return a deadline at the end of a date with, beside it, the extended one of lag (1930:173) 2 §."""
    at = plain_utc(dated.strict_due)
    return Due(at, Deadline(at, included=False), plain_utc(dated.extended_due), why)


def by_discharge(strict: datetime | None, discharged_at: datetime | None) -> Due:
    """Return what is planned for `strict` but judged at the discharge: at or before it is in time."""
    return Due(None if strict is None else plain_utc(strict), Deadline(discharged_at, included=True))
