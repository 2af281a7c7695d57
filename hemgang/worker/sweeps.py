"""The sweeps of a worker: claim and step what is due, send what is due, take the inbox in, draft the months due.

Each is a plain function of a worker; its blocking part runs in a thread. Flows and the fallback call the same ones.
"""

import logging
from pathlib import Path

from anyio import to_thread

from hemgang import clock
from hemgang.liability.model import Draft, Month
from hemgang.logs import Event, event
from hemgang.metrics import observe_files, observe_ingest, observe_sending, observe_steps
from hemgang.notifications.rendering import Trouble
from hemgang.services import monthly_drafts
from hemgang.services.advance import AdvanceReport, advance, advance_reference
from hemgang.services.closing import draft_month
from hemgang.services.deliver import DeliveryReport, deliver
from hemgang.services.inbox import InboxFile, InboxReader, file_hash, has_files, ingest_inbox, unknown_files
from hemgang.store import discharges, installation, outbox
from hemgang.store.discharges import Claim
from hemgang.store.installation import database_now
from hemgang.worker.worker import Worker

SHORTEST_WAIT_S = 0.5
"""Timers that fall due one after the other are looked at together this often, so that looking costs little."""

log = logging.getLogger(__name__)


async def claim(worker: Worker, limit: int) -> list[Claim]:
    """Claim up to `limit` due discharges.

    A sweep that finds nothing due is complete, and is recorded as the watch's pulse.
    """

    def look() -> list[Claim]:
        now = worker.guarded_now()
        if now is None:
            return []
        claims = worker.leases.claim(now=now, limit=limit, regions=worker.sender.regions)
        if not claims:
            worker.record_sweep("watch", now)
        return claims

    return await to_thread.run_sync(look)


async def seconds_to_next_timer(worker: Worker, longest: float) -> float:
    """Return how long to wait for the next look: until the next timer falls due, at most `longest`."""

    def look() -> float:
        if clock.is_virtual():
            return longest
        with worker.installation.database.reading() as session:
            now = database_now(session)
            coming = discharges.next_timer(session, after=now)
        return longest if coming is None else (coming - now).total_seconds()

    return min(longest, max(SHORTEST_WAIT_S, await to_thread.run_sync(look)))


async def step_discharge(worker: Worker, reference: str) -> AdvanceReport:
    """Step one discharge in one transaction; the outcome is empty if there was nothing to do here."""

    def step() -> AdvanceReport:
        here, now = worker.installation, worker.guarded_now()
        if now is None:
            return AdvanceReport()
        outcome = advance_reference(here.database, reference, here.rules, now=now, owner=worker.name)
        return _observed(worker, outcome)

    return await to_thread.run_sync(step)


async def step_batch(worker: Worker, claims: list[Claim]) -> AdvanceReport:
    """Step claimed discharges through the same pure step as a single one; after it they are in hand no longer."""

    def step() -> AdvanceReport:
        here, now = worker.installation, worker.now()
        return _observed(worker, advance(here.database, claims, here.rules, now=now))

    worker.leases.begin(claims)
    try:
        return await to_thread.run_sync(step)
    finally:
        worker.leases.release(claims)


def _observed(worker: Worker, outcome: AdvanceReport) -> AdvanceReport:
    """Count what was stepped, and alarm the operator if a step failed, which sets its discharge aside."""
    observe_steps(
        late_s=[one.late_s for one in outcome.advanced], overtaken=outcome.overtaken, set_aside=len(outcome.set_aside)
    )
    if outcome.set_aside:
        worker.alarm(Trouble.SET_ASIDE, worker.now())
    return outcome


async def send_pending(worker: Worker) -> DeliveryReport | None:
    """Send what is due and return counts, None where nothing is; faults of channels are outcomes in the store.

    A sweep that leaves nothing due is complete: it is recorded as the delivery's pulse, and the watcher outside hears
    of it. While sending is held, or the clock is wrong, or a backlog is stepped first, there is no pulse.
    """

    def sweep() -> DeliveryReport | None:
        now = worker.guarded_now()
        if now is None:
            return None
        here = worker.installation
        with here.database.reading() as session:
            due = outbox.next_attempt_at(session)
            held = installation.delivery_hold(session).held
        if held or worker.catch_up.holds(here.database, now=now):
            return None
        sent = None
        if due is not None and due <= now:
            with worker.leases.sending():
                sent = deliver(here.database, here.rules, now=now, sender=worker.sender)
            _observe_sent(sent)
        if sent is not None and sent.alerts:
            return sent
        if worker.record_sweep("deliver", now):
            worker.heartbeat.send(here.database)
        return None

    return await to_thread.run_sync(sweep)


def _observe_sent(sent: DeliveryReport) -> None:
    observe_sending(
        delivered=sent.delivered,
        failed=sent.failed,
        unknown=sent.unknown,
        given_up=sent.given_up,
        latest_s=sent.latest_s,
    )


async def files_waiting(worker: Worker) -> bool:
    """Whether any file lies in the inbox, or was left half taken.

    A look that finds nothing is complete, and is recorded as the inbox's pulse; so is one that took all there was.
    """

    def look() -> bool:
        inbox = worker.installation.inbox
        if inbox is None:
            return False
        _log_unread(worker, inbox)
        waiting = has_files(inbox, _taker(worker))
        if not waiting:
            worker.record_sweep("inbox", worker.now())
        return waiting

    return await to_thread.run_sync(look)


async def take_files(worker: Worker) -> list[InboxFile]:
    """Take in every file of the inbox; files are named by a hash of their name."""
    here = worker.installation
    inbox = here.inbox
    if inbox is None:
        return []

    def take() -> list[InboxFile]:
        with worker.taking_files:
            now = worker.now()
            taken = [_observed_file(one) for one in ingest_inbox(here.database, inbox, now=now, taker=_taker(worker))]
        worker.record_sweep("inbox", now)
        return taken

    return await to_thread.run_sync(take)


def _taker(worker: Worker) -> InboxReader:
    return InboxReader(worker.name, worker.leases.is_dead)


def _log_unread(worker: Worker, inbox: Path) -> None:
    """Log, once a file, which files in the inbox have an ending that is not read."""
    for name in worker.newly_unread(frozenset(file_hash(path) for path in unknown_files(inbox))):
        event(log, Event.FILE_NOT_READ, file=name, reason="ending")


def _observed_file(taken: InboxFile) -> InboxFile:
    """Count a file, and log what became of it: counts and a hash of its name."""
    report = taken.report
    if taken.refused:
        observe_files(refused=1)
        event(log, Event.FILE_REFUSED, file=taken.name, reason=taken.refused)
    else:
        observe_files(taken=1)
    if report is None:
        return taken
    observe_ingest(
        accepted=report.accepted,
        duplicate=report.duplicate,
        conflicting=report.conflicting,
        quarantined=report.quarantined,
    )
    event(log, Event.FILE_TAKEN, file=taken.name, accepted=report.accepted, quarantined=report.quarantined)
    return taken


async def regions(worker: Worker) -> list[str]:
    """Return the county codes that have any discharge."""

    def look() -> list[str]:
        with worker.installation.database.reading() as session:
            return discharges.regions_with_discharges(session)

    return await to_thread.run_sync(look)


async def drafts_due(worker: Worker) -> list[tuple[str, str]]:
    """Return each county with each month (YYYY-MM) whose draft is due and not made."""

    def look() -> list[tuple[str, str]]:
        now = worker.now()
        with worker.installation.database.reading() as session:
            return [(region, str(month)) for region, month in monthly_drafts.drafts_due(session, now=now)]

    return await to_thread.run_sync(look)


async def draft_region(worker: Worker, region: str, month: str) -> Draft:
    """Draft a region's month from what is known now."""
    here = worker.installation

    def draft() -> Draft:
        return draft_month(here.database, region=region, month=Month.parse(month), rules=here.rules, now=clock.now())

    return await to_thread.run_sync(draft)


async def note_drafted(worker: Worker, region: str, month: str) -> None:
    """Record that a county's drafts are made up to a month, included."""

    def write() -> None:
        with worker.installation.database.writing() as session:
            monthly_drafts.note_drafted(session, region, Month.parse(month))

    await to_thread.run_sync(write)
