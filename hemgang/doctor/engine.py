"""The doctor's checks of the engine's work, by the same limits as the alert rules over its metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from hemgang.doctor.finding import Finding, count_of, duration_text, error, ok, warning
from hemgang.duties.model import AlertState
from hemgang.store import installation, monitoring
from hemgang.store.discharges import PARKED
from hemgang.store.monitoring import LOOPS, LastSweep
from hemgang.store.tables import AlertRow, DischargeRow, QuarantineRow

SILENT_AFTER = timedelta(minutes=5)
LATE_S = 600.0
WAITING_S = 1_800.0
MANY_LINES = 20
"""The limits of the alert rules: deployments/monitoring/alerts.yaml."""

ENGINE = "start `hemgang run`, or look at engine.log: docs/runbook.md"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """How the installation stands at `now` (UTC); `sweeps` are each loop's last complete ones.

    `held_since`: since when sending is held, None where it is not; `parked`: the first references of those set aside.
    `given_up`: alerts given up that were decided in the last week; `quarantined_today`: lines of the last 24 hours.
    """

    now: datetime
    sweeps: Mapping[str, LastSweep]
    inbox: bool
    held: str
    held_since: datetime | None
    due: int
    oldest_due_s: float
    parked_count: int
    parked: tuple[str, ...]
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
    yield _parked(facts)
    yield _waiting(facts)
    yield _given_up(facts)
    yield _quarantine(facts)


def _loop(facts: StateFacts, loop: str) -> Finding:
    name, swept = f"loop {loop}", facts.sweeps.get(loop, LastSweep(None))
    at, where = swept.at, f" for county {swept.county}" if swept.county else ""
    if at is None:
        return (error if where else warning)(name, f"never swept to its end yet{where}", ENGINE)
    if at > facts.now + SILENT_AFTER:
        found = f"its last sweep lies {duration_text((at - facts.now).total_seconds())} ahead of the clock"
        return error(name, found, "set the clock; if it was wrong before: `hemgang sending release --by NAME`")
    age = max(0.0, (facts.now - at).total_seconds())
    if age > SILENT_AFTER.total_seconds():
        return error(name, f"last swept to its end{where} {duration_text(age)} ago", ENGINE)
    return ok(name, f"last swept to its end {duration_text(age)} ago")


def _sending(facts: StateFacts) -> Finding:
    if facts.held_since is None:
        return ok("sending", "alerts go out")
    age = duration_text((facts.now - facts.held_since).total_seconds())
    do = "look at what waits, then `hemgang sending release --by NAME`"
    return error("sending", f"held for {age} ({facts.held.replace('_', ' ')}): nobody is told anything", do)


def _due(facts: StateFacts) -> Finding:
    found = f"{count_of(facts.due, 'discharge')} due, the longest for {duration_text(facts.oldest_due_s)}"
    if facts.oldest_due_s > LATE_S:
        return error("due", found, ENGINE)
    return ok("due", found if facts.due else "nothing waits")


def _parked(facts: StateFacts) -> Finding:
    if not facts.parked_count:
        return ok("set aside", "none")
    named = ", ".join(facts.parked)
    more = "" if facts.parked_count == len(facts.parked) else " and others"
    found = f"{count_of(facts.parked_count, 'discharge')}: {named}{more}"
    return warning("set aside", found, "look for discharge_set_aside in the log; each is tried again within the hour")


def _waiting(facts: StateFacts) -> Finding:
    unknown = f", {facts.unknown} of them may have arrived" if facts.unknown else ""
    found = f"{count_of(facts.pending, 'alert')} released and not delivered{unknown}, the oldest for "
    found += duration_text(facts.oldest_pending_s)
    if facts.oldest_pending_s > WAITING_S and facts.held_since is None:
        return error("alerts waiting", found, "see whether the channels can be reached: `hemgang doctor --reach`")
    return ok("alerts waiting", found if facts.pending else "none")


def _given_up(facts: StateFacts) -> Finding:
    if not facts.given_up:
        return ok("alerts given up", "none in the last week")
    found = f"{facts.given_up} in the last week: every try on every channel failed"
    return warning("alerts given up", found, "tell the units by other means, and mend their channels")


def _quarantine(facts: StateFacts) -> Finding:
    found = f"{count_of(facts.quarantined, 'line')}, {facts.quarantined_today} in the last 24 hours"
    if facts.quarantined_today > MANY_LINES:
        return warning("quarantine", found, "`hemgang quarantine list`, and tell the sender what is wrong")
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
        parked_count=gauges.parked,
        parked=_parked_references(session, now),
        pending=sum(gauges.pending.values()),
        unknown=sum(gauges.unknown.values()),
        oldest_pending_s=gauges.oldest_pending_s,
        given_up=_given_up_count(session, since=now - A_WEEK),
        quarantined=gauges.quarantined,
        quarantined_today=_quarantined_count(session, since=now - A_DAY),
    )


def _parked_references(session: Session, now: datetime) -> tuple[str, ...]:
    query = (
        select(col(DischargeRow.reference))
        .where(col(DischargeRow.next_wake) <= now + PARKED, col(DischargeRow.failures) > 0)
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
