"""The fold: from all messages of one episode, in any order of arrival, to the episode (specification 1.2, 1.3).

The state machine is data (`TRANSITIONS` and the tables beside it); `python -m hemgang.episode.fold` prints it as the
diagram of the documentation. Messages that a retraction takes back count as if they had never come. `checks` adds the
findings that need more than the messages: the agreement's hours, the list of payers, the time.
"""

import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from agreements.model import Hours
from calendars.timezone import local, local_date
from hemgang.episode.model import (
    STOCKHOLM_CITY,
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
    age_at,
    payer_code,
)
from hemgang.findings import Code, Finding
from hemgang.i18n.formats import clock_text
from hemgang.i18n.language import Language
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
class EpisodeBuilder:
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


_Effect = Callable[[EpisodeBuilder, Message], None]

_EFFECTS: Mapping[M, _Effect] = {
    M.ADMITTED: EpisodeBuilder._admit,
    M.ADMISSION_NOTICE: EpisodeBuilder._notify_admission,
    M.READY_NOTICE: EpisodeBuilder._notify_ready,
    M.READY_WITHDRAWN: EpisodeBuilder._withdraw,
    M.DISCHARGED: EpisodeBuilder._end_stay,
    M.DIED: EpisodeBuilder._end_stay,
    M.CANCELLED: EpisodeBuilder._end_stay,
}

_DURING_STAY: Mapping[M, _Effect] = {
    M.LEAVE_STARTED: EpisodeBuilder._start_leave,
    M.LEAVE_ENDED: EpisodeBuilder._end_leave,
    M.TRANSFERRED: EpisodeBuilder._transfer,
    M.PAYER_CHANGED: EpisodeBuilder._change_payer,
}


OPEN = (State.ADMITTED, State.PLANNING, State.READY)

TRANSITIONS: Mapping[tuple[State, M], State] = MappingProxyType(
    {
        (State.UNOPENED, M.ADMITTED): State.ADMITTED,
        (State.ADMITTED, M.ADMISSION_NOTICE): State.PLANNING,
        (State.PLANNING, M.ADMISSION_NOTICE): State.PLANNING,
        (State.READY, M.ADMISSION_NOTICE): State.READY,
        (State.ADMITTED, M.READY_NOTICE): State.READY,
        (State.PLANNING, M.READY_NOTICE): State.READY,
        (State.READY, M.READY_NOTICE): State.READY,
        (State.READY, M.READY_WITHDRAWN): State.PLANNING,
        (State.ADMITTED, M.DISCHARGED): State.DISCHARGED,
        (State.PLANNING, M.DISCHARGED): State.DISCHARGED,
        (State.READY, M.DISCHARGED): State.DISCHARGED,
        (State.ADMITTED, M.DIED): State.DIED,
        (State.PLANNING, M.DIED): State.DIED,
        (State.READY, M.DIED): State.DIED,
        (State.ADMITTED, M.CANCELLED): State.CANCELLED,
        (State.PLANNING, M.CANCELLED): State.CANCELLED,
        (State.READY, M.CANCELLED): State.CANCELLED,
        (State.DISCHARGED, M.CANCELLED): State.CANCELLED,
        (State.DIED, M.CANCELLED): State.CANCELLED,
    }
)

RESUMING: frozenset[tuple[State, M]] = frozenset({(State.DISCHARGED, M.DISCHARGE_CANCELLED)})
"""Messages that undo an end: the discharge goes on in the state, and the ready period, that it was in before."""

FACTS_AT_ANY_TIME: frozenset[M] = frozenset(
    {
        M.ADMISSION_NOTICE_ACKNOWLEDGED,
        M.PLANNING_STARTED,
        M.CARE_CONTACT_ASSIGNED,
        M.EXPECTED_DISCHARGE_CHANGED,
        M.SIP_NEED,
        M.OUTPATIENT_CARE,
        M.CARE_PLAN_ESTABLISHED,
        M.SIP_CALLED,
        M.SIP_HELD,
        M.SIP_ESTABLISHED,
        M.DISCHARGE_INFORMATION,
    }
)
"""Messages that move no state and count whenever they come, even after the discharge (a late SIP call is one)."""

FACTS_DURING_STAY: frozenset[M] = frozenset({M.LEAVE_STARTED, M.LEAVE_ENDED, M.TRANSFERRED, M.PAYER_CHANGED})
"""Messages that move no state and mean something only while the patient is in."""


def expected_in(state: State) -> str:
    """Return, for a finding, which messages a state can take."""
    moving = sorted({kind.value for where, kind in (*TRANSITIONS, *RESUMING) if where is state})
    return f"in state {state}: {', '.join(moving) or 'nothing more'}"


_ORDER = attrgetter("at", "received_at", "id")  # as Message.order has it
EARLY_FACTS = FACTS_AT_ANY_TIME | {M.ADMISSION_NOTICE}


def fold(messages: Iterable[Message], *, episode: str = "", as_of: datetime | None = None) -> Episode:
    """Return the episode that the messages make, sorted by (`at`, `received_at`, `id`).

    With `as_of` only what had been received by then counts (`received_at <= as_of`). Never raises for what the
    messages say: what the state machine cannot accept becomes a finding. All messages must be of one episode;
    `episode` names it where there may be none.
    """
    received = messages if as_of is None else [m for m in messages if m.received_at <= as_of]
    known = sorted(received, key=_ORDER)
    counted, findings = without_retracted(known)
    building = EpisodeBuilder(id=known[0].episode if known else episode, findings=findings)
    early: list[Message] = []
    for message in counted:
        if building.state is State.UNOPENED and message.type is not M.ADMITTED:
            early.append(message)
            continue
        opening = building.state is State.UNOPENED
        building.take(message)
        if opening:
            _take_early(building, early)
    if building.state is State.UNOPENED and early:
        _never_opened(building, early)
    return building.finish()


def _take_early(building: EpisodeBuilder, early: list[Message]) -> None:
    for message in early:
        expected = "the episode is opened by `admitted` first"
        building.findings.append(Finding(Code.OUT_OF_ORDER, (message.id,), expected))
        if message.type in EARLY_FACTS:
            building.take(message)


def _never_opened(building: EpisodeBuilder, early: list[Message]) -> None:
    ids = tuple(message.id for message in early)
    building.findings.append(Finding(Code.UNKNOWN_EPISODE, ids, "an `admitted` message opens the episode"))


ENDS = (State.DISCHARGED, State.DIED, State.CANCELLED)


def diagram() -> str:
    """Return the Mermaid text of every transition; several messages between two states share an arrow."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (before, kind), after in TRANSITIONS.items():
        arrows.setdefault((before, after), []).append(kind.value)
    lines = ["stateDiagram-v2"]
    for (before, after), kinds in arrows.items():
        start = "[*]" if before is State.UNOPENED else before.value
        lines.append(f"    {start} --> {after.value}: {', '.join(kinds)}")
    for before, kind in sorted(RESUMING):
        lines.append(f"    {before.value} --> planning: {kind.value} (back to where it was)")
    lines += [f"    {state.value} --> [*]" for state in ENDS]
    return "\n".join(lines) + "\n"


def without_retracted(messages: Sequence[Message]) -> tuple[list[Message], list[Finding]]:
    """Return the messages that still count, in the order given, and findings on retractions of unknown messages.

    A retraction that is itself retracted has no effect. Those that retract each other in a circle have none either.
    """
    retractions = [m for m in messages if m.type is M.RETRACTED]
    if not retractions:
        return list(messages), []
    retracted = _retracted({m.id: str(m.fields["message"]) for m in retractions})
    known = {m.id for m in messages}
    counted = [m for m in messages if m.id not in retracted and m.type is not M.RETRACTED]
    return counted, list(_unknown_targets(retractions, known))


def _retracted(targets: Mapping[str, str]) -> set[str]:
    """Return the ids that are retracted, of retractions by id with their targets; those of a circle stay undecided."""
    open_ones = Counter(targets.values())
    retracted: set[str] = set()
    decided = [id for id in targets if not open_ones[id]]  # noqa: A001
    seen = set(decided)
    for retraction in decided:  # grows while it is read
        target = targets[retraction]
        open_ones[target] -= 1
        if retraction not in retracted:
            retracted.add(target)
        if target in targets and target not in seen and (target in retracted or not open_ones[target]):
            seen.add(target)
            decided.append(target)
    return retracted


def _unknown_targets(retractions: Iterable[Message], known: set[str]) -> Iterable[Finding]:
    for retraction in retractions:
        if str(retraction.fields["message"]) not in known:
            expected = "a retraction names a message of the same episode"
            yield Finding(Code.UNKNOWN_MESSAGE, (retraction.id,), expected)


DISCHARGE_MISSING_AFTER_DAYS = 30


def checks(
    episode: Episode,
    *,
    now: datetime,
    payers: Container[str],
    discharge_hours: Hours | None = None,
    contacts: Container[str] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of an episode beside those of its fold.

    `payers` holds the known municipality codes, `discharge_hours` the agreement's hours for planned discharge
    (None = the agreement has none), `contacts` the directory's contact ids (None = no directory to check against).
    """
    found = [_discharge_missing(episode, now), _outside_hours(episode, discharge_hours)]
    found += [_unknown_payer(payer.payer, payer.message, payers) for payer in episode.payers]
    if contacts is not None:
        found += [
            Finding(Code.UNKNOWN_CONTACT, (fact.message,), "a contact of the directory")
            for fact in episode.care_contacts
            if fact.value not in contacts
        ]
    return tuple(finding for finding in found if finding is not None)


def _discharge_missing(episode: Episode, now: datetime) -> Finding | None:
    if episode.state not in OPEN or not episode.admission_notices or not episode.expected_discharges:
        return None
    expected = episode.expected_discharges[-1]
    if expected.day is None or local_date(now) <= expected.day + timedelta(days=DISCHARGE_MISSING_AFTER_DAYS):
        return None
    wanted = f"an end within {DISCHARGE_MISSING_AFTER_DAYS} days of the expected discharge"
    return Finding(Code.DISCHARGE_MISSING, (expected.message,), wanted)


def _outside_hours(episode: Episode, hours: Hours | None) -> Finding | None:
    if hours is None or episode.end is None or episode.state is not State.DISCHARGED:
        return None
    if hours.opens <= local(episode.end.at).time() < hours.closes:
        return None
    opens, closes = (clock_text(Language.ENGLISH, at) for at in (hours.opens, hours.closes))
    expected = f"a discharge between {opens} and {closes}, or by agreement"
    return Finding(Code.DISCHARGE_OUTSIDE_HOURS, (episode.end.message,), expected)


def _unknown_payer(payer: str, message: str, payers: Container[str]) -> Finding | None:
    if payer.partition("/")[0] in payers:
        return None
    expected = f"a municipality code of the official list, in {STOCKHOLM_CITY} with a district"
    return Finding(Code.UNKNOWN_PAYER, (message,), expected)


if __name__ == "__main__":
    sys.stdout.write(diagram())
