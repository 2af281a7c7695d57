"""The doctor's checks of the engine's work, by the same limits as the alert rules over its metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from hemgang.doctor.finding import Finding, count_of, duration_text, error, ok, warning
from hemgang.duties.model import AlertState
from hemgang.i18n.catalogue import phrase
from hemgang.logs import Event
from hemgang.store import installation, monitoring
from hemgang.store.discharges import SET_ASIDE_FOR
from hemgang.store.installation import HoldReason
from hemgang.store.monitoring import LOOPS, LastSweep
from hemgang.store.tables import AlertRow, DischargeRow, QuarantineRow

SILENT_AFTER = timedelta(minutes=5)
LATE_S = 600.0
WAITING_S = 1_800.0
MANY_LINES = 20
"""The limits of the alert rules: deployments/monitoring/alerts.yaml."""

ENGINE = phrase("doctor.do.start_engine")


@dataclass(frozen=True, slots=True)
class StateFacts:
    """How the installation stands at `now` (UTC); `sweeps` are each loop's last complete ones.

    `held_since`: since when sending is held, None where it is not; `set_aside`: the first references of those that are.
    `given_up`: alerts given up that were decided in the last week; `quarantined_today`: lines of the last 24 hours.
    """

    now: datetime
    sweeps: Mapping[str, LastSweep]
    inbox: bool
    held: str
    held_since: datetime | None
    due: int
    oldest_due_s: float
    set_aside_count: int
    set_aside: tuple[str, ...]
    pending: int
    unknown: int
    oldest_pending_s: float
    given_up: int
    quarantined: int
    quarantined_today: int


def judge_state(facts: StateFacts) -> Iterator[Finding]:
    """Yield what is to be said of the engine's work."""
    for loop in LOOPS:
        if loop != "inbox" or facts.inbox:
            yield _loop(facts, loop)
    yield _sending(facts)
    yield _due(facts)
    yield _set_aside(facts)
    yield _waiting(facts)
    yield _given_up(facts)
    yield _quarantine(facts)


def _loop(facts: StateFacts, loop: str) -> Finding:
    name, swept = f"loop {loop}", facts.sweeps.get(loop, LastSweep(None))
    at, of_county = swept.at, "_county" if swept.county else ""
    if at is None:
        found = phrase(f"doctor.found.never_swept{of_county}", county=swept.county)
        return (error if of_county else warning)(name, found, ENGINE)
    if at > facts.now + SILENT_AFTER:
        found = phrase("doctor.found.sweep_ahead", age=duration_text((at - facts.now).total_seconds()))
        return error(name, found, phrase("doctor.do.set_clock"))
    age = max(0.0, (facts.now - at).total_seconds())
    if age > SILENT_AFTER.total_seconds():
        found = phrase(f"doctor.found.swept{of_county}", county=swept.county, age=duration_text(age))
        return error(name, found, ENGINE)
    return ok(name, phrase("doctor.found.swept", age=duration_text(age)))


def _sending(facts: StateFacts) -> Finding:
    if facts.held_since is None:
        return ok("sending", phrase("doctor.found.sending"))
    age = duration_text((facts.now - facts.held_since).total_seconds())
    reason = phrase(f"doctor.hold.{facts.held}") if facts.held in set(HoldReason) else facts.held
    found = phrase("doctor.found.sending_held", age=age, reason=reason)
    return error("sending", found, phrase("doctor.do.release"))


def _due(facts: StateFacts) -> Finding:
    age = duration_text(facts.oldest_due_s)
    found = phrase("doctor.found.due", discharges=count_of(facts.due, "discharge"), age=age)
    if facts.oldest_due_s > LATE_S:
        return error("due", found, ENGINE)
    return ok("due", found if facts.due else phrase("doctor.found.nothing_due"))


def _set_aside(facts: StateFacts) -> Finding:
    if not facts.set_aside_count:
        return ok("set aside", phrase("doctor.found.none"))
    more = "" if facts.set_aside_count == len(facts.set_aside) else "_more"
    discharges, references = count_of(facts.set_aside_count, "discharge"), ", ".join(facts.set_aside)
    found = phrase(f"doctor.found.set_aside{more}", discharges=discharges, references=references)
    return warning("set aside", found, phrase("doctor.do.see_set_aside", event=Event.DISCHARGE_SET_ASIDE.value))


def _waiting(facts: StateFacts) -> Finding:
    key = "doctor.found.waiting_unknown" if facts.unknown else "doctor.found.waiting"
    age = duration_text(facts.oldest_pending_s)
    found = phrase(key, alerts=count_of(facts.pending, "alert"), unknown=facts.unknown, age=age)
    if facts.oldest_pending_s > WAITING_S and facts.held_since is None:
        return error("alerts waiting", found, phrase("doctor.do.reach_channels"))
    return ok("alerts waiting", found if facts.pending else phrase("doctor.found.none"))


def _given_up(facts: StateFacts) -> Finding:
    if not facts.given_up:
        return ok("alerts given up", phrase("doctor.found.none_given_up"))
    found = phrase("doctor.found.given_up", number=facts.given_up)
    return warning("alerts given up", found, phrase("doctor.do.tell_units"))


def _quarantine(facts: StateFacts) -> Finding:
    found = phrase("doctor.found.quarantine", lines=count_of(facts.quarantined, "line"), today=facts.quarantined_today)
    if facts.quarantined_today > MANY_LINES:
        return warning("quarantine", found, phrase("doctor.do.see_quarantine"))
    return ok("quarantine", found)


A_WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
NAMED = 5


def gather_state(session: Session, *, now: datetime, inbox: bool) -> StateFacts:
    """Return how the installation stands at `now`."""
    gauges, held = monitoring.read_gauges(session, now=now), installation.delivery_hold(session)
    return StateFacts(
        now=now,
        sweeps=gauges.sweeps,
        inbox=inbox,
        held=held.why,
        held_since=(held.since or now) if held.held else None,
        due=gauges.due,
        oldest_due_s=gauges.oldest_due_s,
        set_aside_count=gauges.set_aside,
        set_aside=_set_aside_references(session, now),
        pending=sum(gauges.pending.values()),
        unknown=sum(gauges.unknown.values()),
        oldest_pending_s=gauges.oldest_pending_s,
        given_up=_given_up_count(session, since=now - A_WEEK),
        quarantined=gauges.quarantined,
        quarantined_today=_quarantined_count(session, since=now - A_DAY),
    )


def _set_aside_references(session: Session, now: datetime) -> tuple[str, ...]:
    query = (
        select(col(DischargeRow.reference))
        .where(col(DischargeRow.next_wake) <= now + SET_ASIDE_FOR, col(DischargeRow.failures) > 0)
        .order_by(col(DischargeRow.reference))
        .limit(NAMED)
    )
    return tuple(session.scalars(query))


def _given_up_count(session: Session, *, since: datetime) -> int:
    query = (
        select(func.count())
        .select_from(AlertRow)
        .where(col(AlertRow.state) == AlertState.UNDELIVERED.value, col(AlertRow.fired_at) >= since)
    )
    return int(session.scalar(query) or 0)


def _quarantined_count(session: Session, *, since: datetime) -> int:
    query = select(func.count()).select_from(QuarantineRow).where(col(QuarantineRow.stored_at) >= since)
    return int(session.scalar(query) or 0)
