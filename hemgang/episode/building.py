"""An episode while it is being folded: takes one message after the other and notes what it could not accept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from calendars.zone import local_date
from hemgang.episode.model import (
    EndKind,
    Episode,
    Fact,
    Leave,
    Patient,
    PayerFrom,
    PeriodEnd,
    ReadyPeriod,
    RegionFrom,
    State,
)
from hemgang.episode.patient import age_at, payer_code
from hemgang.episode.states import (
    FACTS_AT_ANY_TIME,
    FACTS_DURING_STAY,
    OPEN,
    RESUMING,
    TRANSITIONS,
    expected_in,
)
from hemgang.findings import Code, Finding
from hemgang.messages.model import Message
from hemgang.messages.model import MessageType as M

FACT_OF_MESSAGE: Mapping[M, tuple[str, str | None]] = {
    M.ADMISSION_NOTICE: ("admission_notices", None),
    M.ADMISSION_NOTICE_ACKNOWLEDGED: ("acknowledgements", None),
    M.PLANNING_STARTED: ("planning_starts", None),
    M.CARE_CONTACT_ASSIGNED: ("care_contacts", "contact"),
    M.SIP_NEED: ("sip_needs", "needed"),
    M.OUTPATIENT_CARE: ("outpatient_care", "available"),
    M.CARE_PLAN_ESTABLISHED: ("care_plans", None),
    M.SIP_CALLED: ("sip_calls", "by"),
    M.SIP_HELD: ("sips_held", None),
    M.SIP_ESTABLISHED: ("sips_established", None),
    M.DISCHARGE_INFORMATION: ("discharge_information", None),
    M.TRANSFERRED: ("transfers", "clinic"),
}
"""Where each kind of fact is kept, and which field of the message is its value."""


@dataclass(slots=True)
class Building:
    """The mutable inside of the fold; nothing outside this package sees one."""

    id: str
    findings: list[Finding] = field(default_factory=list)
    state: State = State.UNOPENED
    before_end: State = State.UNOPENED
    opened: Fact | None = None
    region: str | None = None
    regions: list[RegionFrom] = field(default_factory=list)
    patient: Patient | None = None
    end: PeriodEnd | None = None
    payers: list[PayerFrom] = field(default_factory=list)
    periods: list[ReadyPeriod] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    facts: dict[str, list[Fact]] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        """Apply one message, or note why it cannot be applied."""
        kind = message.type
        if kind in FACTS_AT_ANY_TIME and self.state is not State.CANCELLED:
            self._note(message)
        elif kind in FACTS_DURING_STAY and self.state in OPEN:
            _DURING_STAY[kind](self, message)
        elif (self.state, kind) in RESUMING:
            self._resume()
        elif (self.state, kind) in TRANSITIONS:
            _EFFECTS[kind](self, message)
            self.state = TRANSITIONS[self.state, kind]
        else:
            self._refuse(message)
            if kind is M.ADMISSION_NOTICE and self.state in {State.DISCHARGED, State.DIED}:
                self._note(message)

    def finish(self) -> Episode:
        """Return the episode as it now stands."""
        if self.state in {State.DISCHARGED, State.DIED} and self.end and not self._notified_by(self.end.at):
            expected = "an admission notice is sent before the stay ends"
            self.findings.append(Finding(Code.ADMISSION_NOTICE_MISSING, (self.end.message,), expected))
        return Episode(
            id=self.id,
            state=self.state,
            opened=self.opened,
            region=self.region,
            regions=tuple(self.regions),
            patient=self.patient,
            payers=tuple(self.payers),
            periods=tuple(self.periods),
            leaves=tuple(self.leaves),
            end=self.end,
            findings=tuple(self.findings),
            **{name: tuple(facts) for name, facts in self.facts.items()},
        )

    def _notified_by(self, at: datetime) -> bool:
        return any(notice.at <= at for notice in self.facts.get("admission_notices", ()))

    def _refuse(self, message: Message) -> None:
        self.findings.append(Finding(Code.OUT_OF_ORDER, (message.id,), expected_in(self.state)))

    def _keep(self, name: str, message: Message, *, value: Any = None, day: date | None = None) -> None:
        text = None if value is None else str(value)
        assessed_at = message.fields.get("assessed_at") if message.type is M.ADMISSION_NOTICE else None
        fact = Fact(message.id, message.at, text, day, message.sender, assessed_at)
        kept = self.facts.get(name)
        if kept is None:
            self.facts[name] = [fact]
        else:
            kept.append(fact)

    def _note(self, message: Message) -> None:
        if message.type is M.EXPECTED_DISCHARGE_CHANGED:
            self._keep("expected_discharges", message, day=message.fields["expected_discharge"])
            return
        name, valued_by = FACT_OF_MESSAGE[message.type]
        self._keep(name, message, value=message.fields.get(valued_by) if valued_by else None)

    def _admit(self, message: Message) -> None:
        fields = message.fields
        self.opened = Fact(message.id, message.at, sender=message.sender)
        self._enter(str(fields["region"]), message)
        self.patient = Patient(
            care=str(fields["care"]),
            legal_status=str(fields.get("legal_status", "voluntary")),
            sex=str(fields.get("sex", "unknown")),
            age=age_at(local_date(message.at), fields),
            clinic=fields.get("clinic"),
            care_centre=fields.get("care_centre"),
            groups=tuple(fields.get("groups", ())),
        )
        self._change_payer(message)

    def _enter(self, region: str, message: Message) -> None:
        if region != self.region:
            self.regions.append(RegionFrom(region, local_date(message.at)))
        self.region = region

    def _change_payer(self, message: Message) -> None:
        since = local_date(message.at)
        self.payers.append(PayerFrom(payer_code(message.fields), since, message.id))

    def _notify_admission(self, message: Message) -> None:
        self._note(message)
        if (expected := message.fields.get("expected_discharge")) is not None:
            self._keep("expected_discharges", message, day=expected)

    def _notify_ready(self, message: Message) -> None:
        ready_on: date = message.fields.get("ready_on") or local_date(message.at)
        notice = Fact(message.id, message.at, sender=message.sender)
        if self.compulsory and "care_plans" not in self.facts:
            expected = "a coordinated care plan (samordnad vårdplan) is established before the ready notice"
            self.findings.append(Finding(Code.READY_WITHOUT_CARE_PLAN, (message.id,), expected))
        if self.state is State.READY:
            current = self.periods[-1]
            if current.ready_on == ready_on:
                self.periods[-1] = replace(current, repeats=(*current.repeats, notice))
                expected = "one ready notice for a date; the clock stays with the first"
                ids = (current.notice.message, message.id)
                self.findings.append(Finding(Code.REPEATED_READY_NOTICE, ids, expected))
                return
            self._end_period(EndKind.MOVED, message)
        self.periods.append(ReadyPeriod(len(self.periods) + 1, ready_on, notice))

    @property
    def compulsory(self) -> bool:
        """Whether the patient leaves for compulsory outpatient care."""
        return self.patient is not None and self.patient.legal_status == "compulsory_outpatient"

    def _end_period(self, kind: EndKind, message: Message) -> PeriodEnd:
        end = PeriodEnd(kind, message.at, message.id, message.fields.get("status"))
        if self.state is State.READY:
            self.periods[-1] = replace(self.periods[-1], end=end)
        return end

    def _withdraw(self, message: Message) -> None:
        self._end_period(EndKind.WITHDRAWN, message)

    def _end_stay(self, message: Message) -> None:
        self.before_end = self.state
        self.end = self._end_period(EndKind(message.type.value), message)

    def _resume(self) -> None:
        self.state, self.end = self.before_end, None
        if self.state is State.READY:
            self.periods[-1] = replace(self.periods[-1], end=None)

    def _start_leave(self, message: Message) -> None:
        if self.leaves and self.leaves[-1].ended_at is None:
            self._refuse(message)
        else:
            self.leaves.append(Leave(message.at, None, (message.id,)))

    def _end_leave(self, message: Message) -> None:
        if not self.leaves or self.leaves[-1].ended_at is not None:
            self._refuse(message)
            return
        started = self.leaves[-1]
        self.leaves[-1] = Leave(started.started_at, message.at, (*started.messages, message.id))

    def _transfer(self, message: Message) -> None:
        self._note(message)
        self._enter(str(message.fields.get("region", self.region)), message)
        if self.patient is not None:
            self.patient = replace(self.patient, clinic=message.fields.get("clinic", self.patient.clinic))


_Effect = Callable[[Building, Message], None]

_EFFECTS: Mapping[M, _Effect] = {
    M.ADMITTED: Building._admit,
    M.ADMISSION_NOTICE: Building._notify_admission,
    M.READY_NOTICE: Building._notify_ready,
    M.READY_WITHDRAWN: Building._withdraw,
    M.DISCHARGED: Building._end_stay,
    M.DIED: Building._end_stay,
    M.CANCELLED: Building._end_stay,
}

_DURING_STAY: Mapping[M, _Effect] = {
    M.LEAVE_STARTED: Building._start_leave,
    M.LEAVE_ENDED: Building._end_leave,
    M.TRANSFERRED: Building._transfer,
    M.PAYER_CHANGED: Building._change_payer,
}
