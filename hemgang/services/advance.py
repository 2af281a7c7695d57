"""The step of discharges: claimed, evaluated at one instant, saved; done twice it changes nothing.

`evaluate_discharge` is pure: messages and memory in, everything that follows at `now` out. The engine and
`hemgang replay` come through it alike. One discharge or some thousand take the same way.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from calendars.timezone import local_date
from hemgang.duties.decide import decide
from hemgang.duties.model import Duty, Memory, Status, Step
from hemgang.duties.rules import duties_of
from hemgang.episode.fold import fold
from hemgang.episode.model import Episode
from hemgang.i18n.catalogue import name_phrase
from hemgang.i18n.formats import table_text
from hemgang.logs import Event, event
from hemgang.messages.model import Message
from hemgang.services.installation import ReferenceData
from hemgang.store import discharges, duties, messages
from hemgang.store.database import Database, is_outage
from hemgang.store.discharges import Claim, DischargeStatus
from hemgang.store.duties import save_steps
from hemgang.store.installation import database_now, reference_secret

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What follows at one instant: the episode as known, its duties, what is decided, when to look again (UTC)."""

    episode: Episode
    duties: tuple[Duty, ...]
    step: Step
    next_wake: datetime | None
    standing: str

    @property
    def payer(self) -> str:
        """The payer as last known, "" where none is."""
        return self.episode.payers[-1].payer if self.episode.payers else ""


def evaluate_discharge(
    episode: str, messages: Iterable[Message], memory: Memory, rules: ReferenceData, *, now: datetime
) -> Evaluation:
    """Fold what is known at `now`, find its duties and decide the step that follows from them."""
    messages = list(messages)
    folded = fold(messages, episode=episode, as_of=now)
    duties = duties_of(folded, rules.agreements, rules.roster, now)
    decided = decide(folded, duties, memory, rules.roster, rules.ladder, now)
    coming = [max(m.received_at, m.at) for m in messages if m.received_at > now or m.at > now]
    wakes = [instant for instant in (decided.next_wake, *coming) if instant is not None]
    return Evaluation(folded, duties, decided, min(wakes, default=None), status_line(folded, duties))


def status_line(episode: Episode, duties: Iterable[Duty]) -> str:
    """Return in a few words where the discharge stands: the next duty and its practical due, nothing personal."""
    open_ones = [duty for duty in duties if duty.status is Status.OPEN and duty.practical_due is not None]
    if not open_ones:
        return f"{episode.state.value}, nothing due"
    first = min(open_ones, key=lambda duty: (duty.practical_due or duty.opened_at, duty.key))
    due = first.practical_due or first.opened_at
    return f"{name_phrase(first.kind)} due {WEEKDAYS[local_date(due).weekday()]} {table_text(due)}"


AT_ONCE = 250

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AdvancedDischarge:
    """What became of one discharge: named by reference only; `late_s` is how long after its timer it was stepped."""

    reference: str
    region: str
    state: str
    standing: str
    alerts: int
    late_s: float


@dataclass(frozen=True, slots=True)
class AdvanceReport:
    """What became of a list of claims: those stepped, those whose facts changed meanwhile, those that failed."""

    advanced: tuple[AdvancedDischarge, ...] = ()
    overtaken: int = 0
    set_aside: tuple[str, ...] = ()

    def and_also(self, other: "AdvanceReport") -> "AdvanceReport":
        """Return both outcomes together."""
        return AdvanceReport(
            self.advanced + other.advanced, self.overtaken + other.overtaken, self.set_aside + other.set_aside
        )


def claim_due(
    database: Database, *, now: datetime, owner: str, limit: int, regions: frozenset[str] = frozenset()
) -> list[Claim]:
    """Claim up to `limit` discharges whose timer is due at `now`, the longest waiting first; `regions` empty = all."""
    with database.writing() as session:
        real_now = database_now(session)
        return discharges.claim(session, now=now, real_now=real_now, owner=owner, limit=limit, regions=regions)


def advance_reference(
    database: Database, reference: str, rules: ReferenceData, *, now: datetime, owner: str
) -> AdvanceReport:
    """Step one discharge by its reference, due or not; nothing happens while another worker holds it."""
    with database.writing() as session:
        claim = discharges.claim_one(session, reference, real_now=database_now(session), owner=owner)
    return AdvanceReport() if claim is None else advance(database, [claim], rules, now=now)


def advance(database: Database, claims: Sequence[Claim], rules: ReferenceData, *, now: datetime) -> AdvanceReport:
    """Step every claimed discharge and save what follows, some hundred in each transaction.

    A discharge whose facts changed since it was claimed stays due. One whose step fails is set aside for an hour
    and named in the outcome; the others go on.
    """
    total = AdvanceReport()
    for start in range(0, len(claims), AT_ONCE):
        total = total.and_also(_advance_part(database, claims[start : start + AT_ONCE], rules, now))
    return total


def _advance_part(database: Database, claims: Sequence[Claim], rules: ReferenceData, now: datetime) -> AdvanceReport:
    try:
        evaluations = _evaluate_all(database, claims, rules, now)
        with database.writing() as session:
            return _save(session, list(zip(claims, evaluations, strict=True)), now)
    except Exception as error:  # of a row of one discharge, unless the database is away: each is tried by itself
        if is_outage(error):
            raise
        if len(claims) > 1:
            total = AdvanceReport()
            for claim in claims:
                total = total.and_also(_advance_part(database, [claim], rules, now))
            return total
        event(log, Event.DISCHARGE_SET_ASIDE, reference=claims[0].reference, error=error)
        with database.writing() as session:
            return _save(session, [(claims[0], None)], now)


def _save(session: Session, found: Sequence[tuple[Claim, Evaluation | None]], now: datetime) -> AdvanceReport:
    advanced: list[AdvancedDischarge] = []
    set_aside: list[str] = []
    overtaken: list[Claim] = []
    steps: list[tuple[str, Step]] = []
    for claim, seen in sorted(found, key=lambda one: one[0].episode):  # the order in which `wake` locks them too
        if seen is None:
            discharges.set_aside(session, claim, now=now)
            set_aside.append(claim.reference)
        elif discharges.save(session, claim, _status(seen), now=now):
            steps.append((claim.episode, seen.step))
            advanced.append(_advanced(claim, seen, now))
        else:
            overtaken.append(claim)
    save_steps(session, steps, now=now, secret=reference_secret(session))
    discharges.release(session, overtaken)
    return AdvanceReport(tuple(advanced), len(overtaken), tuple(set_aside))


def _evaluate_all(
    database: Database, claims: Sequence[Claim], rules: ReferenceData, now: datetime
) -> list[Evaluation | None]:
    episodes = [claim.episode for claim in claims]
    with database.reading() as session:
        known = messages.of_episodes(session, episodes)
        memories = duties.memories_of(session, episodes)
    found: list[Evaluation | None] = []
    for claim in claims:
        try:
            found.append(
                evaluate_discharge(claim.episode, known[claim.episode], memories[claim.episode], rules, now=now)
            )
        except Exception as error:  # one discharge must not stop the others; its text may name a person
            event(log, Event.DISCHARGE_SET_ASIDE, reference=claim.reference, error=error)
            found.append(None)
    return found


def _status(found: Evaluation) -> DischargeStatus:
    return DischargeStatus(
        region=found.episode.region or "",
        payer=found.payer,
        state=found.episode.state.value,
        standing=found.standing,
        next_wake=found.next_wake,
    )


def _advanced(claim: Claim, found: Evaluation, now: datetime) -> AdvancedDischarge:
    return AdvancedDischarge(
        reference=claim.reference,
        region=found.episode.region or "",
        state=found.episode.state.value,
        standing=found.standing,
        alerts=len(found.step.alerts),
        late_s=max(0.0, (now - claim.due_at).total_seconds()),
    )
