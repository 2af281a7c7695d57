"""The delivery of the outbox: released alerts bundled, sent, and the outcome of each try recorded (specification 3.4).

After a standstill the backlog is stepped before anything is sent, so that a recipient gets one message, not a trickle.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from hemgang import clock
from hemgang.duties.model import AlertState
from hemgang.logs import Event, event
from hemgang.notifications.bundling import Bundle, WaitingAlert, bundle_reference, bundles
from hemgang.notifications.directory import Directory
from hemgang.notifications.rendering import RenderedMessage, notice_of, render
from hemgang.notifications.retry import Attempt, Breaker, FollowUp, NextTry, Outcome, Reason, next_try
from hemgang.notifications.transport import send
from hemgang.services.installation import ReferenceData
from hemgang.services.restore_guard import journal_delivered
from hemgang.store import discharges, installation, outbox
from hemgang.store.database import Database
from hemgang.store.duties import alert_of
from hemgang.store.installation import database_now, reference_secret
from hemgang.store.tables import AlertRow


@dataclass(frozen=True, slots=True)
class OutboundBundle:
    """One message to one recipient and the outbox rows in it."""

    bundle: Bundle
    rows: tuple[AlertRow, ...]


def outbound_bundles(
    rows: Sequence[AlertRow], last_sent: Mapping[str, datetime], now: datetime, minutes: int
) -> list[OutboundBundle]:
    """Return what can go out at `now`, in the order in which its foremost alert came.

    What was tried before goes again as the same message. `minutes`: what a recipient gets lies so far apart.
    """
    place = {row.reference: number for number, row in enumerate(rows)}
    found = [*_again(rows), *_fresh(rows, bundles(_waiting(rows), last_sent, now, minutes))]
    return sorted(found, key=lambda outbound: min(place[row.reference] for row in outbound.rows))


def render_bundle(outbound: OutboundBundle, directory: Directory) -> RenderedMessage:
    """Return the text of a bundle for its channel, which must be in the directory."""
    notices = [
        notice_of(alert_of(row), strict_due=row.strict_due, practical_due=row.practical_due, reference=row.reference)
        for row in outbound.rows
    ]
    return render(
        notices,
        language=directory.settings.language,
        reference=outbound.bundle.reference,
        link=directory.settings.link,
        shape=directory.channels[outbound.bundle.channel].shape,
    )


def _again(rows: Sequence[AlertRow]) -> Iterator[OutboundBundle]:
    """Yield what is tried again: the same alerts in the same bundle, so that its reference stays the same."""
    by_bundle: dict[str, list[AlertRow]] = {}
    for row in rows:
        if row.bundle is not None:
            by_bundle.setdefault(row.bundle, []).append(row)
    for together in by_bundle.values():
        references = tuple(row.reference for row in together)
        first = together[0]
        yield OutboundBundle(
            Bundle(bundle_reference(references), first.recipient, first.channel, references), tuple(together)
        )


def _waiting(rows: Sequence[AlertRow]) -> list[WaitingAlert]:
    return [
        WaitingAlert(row.reference, row.recipient, row.channel, row.urgent, row.release_at)
        for row in rows
        if row.bundle is None
    ]


def _fresh(rows: Sequence[AlertRow], ready: Sequence[Bundle]) -> Iterator[OutboundBundle]:
    by_reference = {row.reference: row for row in rows}
    for bundle in ready:
        yield OutboundBundle(bundle, tuple(by_reference[reference] for reference in bundle.references))


SEND_TIMEOUT_S = 20.0
AT_ONCE = 500
SENDERS = 8
BUNDLES_AT_ONCE = 40
"""Messages of one sweep: where every channel is silent, 40 / 8 senders x 20 s = 100 s, which the lease of two minutes
(hemgang.store.leases) outlives, so that no other engine sends what is still under way here."""

STATES = {
    FollowUp.DONE: AlertState.DELIVERED,
    FollowUp.AGAIN: AlertState.PENDING,
    FollowUp.UNDELIVERED: AlertState.UNDELIVERED,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one sweep of the outbox did: messages by outcome, alerts in them, alerts given up, latest after release."""

    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    alerts: int = 0
    given_up: int = 0
    latest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a name as holder of alerts, of which counties (empty = all), and the folder of the journal."""

    owner: str = ""
    regions: frozenset[str] = frozenset()
    journal: Path | None = None
    clock: Callable[[Session], datetime] | None = None
    """Reads the time where alerts are claimed, so that what came in just before is looked at first; None = as given."""


ANYONE = Sender()


def deliver(database: Database, rules: ReferenceData, *, now: datetime, sender: Sender = ANYONE) -> DeliveryReport:
    """Send what is due in the outbox at `now`, some ten messages at most; call again while it did something.

    Without a directory, or while sending is held, nothing is sent and nothing is touched. Killed at any point, an alert
    is sent again with the same reference, or later: never lost.
    """
    directory = rules.directory
    if directory is None:
        return DeliveryReport()
    claimed_at = clock.machine_now()
    now, going = _take(database, directory, now, sender)
    total, breaker, failed = DeliveryReport(), Breaker(), list[Exception]()
    with ThreadPoolExecutor(SENDERS) as senders:
        tries = senders.map(lambda outbound: _send(outbound, directory, breaker, claimed_at), going)
        for outbound, attempt in zip(going, tries, strict=True):
            if attempt is None:
                _give_back(database, outbound)
                continue
            try:
                then = _record(database, directory, outbound, attempt, now)
            except Exception as error:  # what became of the others, which are sent too, is recorded first
                failed.append(error)
                continue
            total = _added(total, outbound, attempt, then, now)
            _journal(sender, outbound, attempt, now)
    if failed:
        raise failed[0]
    return total


def _take(
    database: Database, directory: Directory, now: datetime, sender: Sender
) -> tuple[datetime, list[OutboundBundle]]:
    """Claim what can go out, and write down in which message; return the instant with it. The rest waits."""
    with database.writing() as session:
        now = now if sender.clock is None else sender.clock(session)
        if installation.delivery_hold(session).held:
            return now, []
        installation.settle_sent_before(session)
        rows = outbox.claim_pending(
            session,
            now=now,
            real_now=database_now(session),
            limit=AT_ONCE,
            owner=sender.owner,
            regions=sender.regions,
        )
        last = outbox.last_sent(session, sorted({row.recipient for row in rows}))
        minutes = directory.settings.bundle_minutes
        ready = outbound_bundles(rows, last, now, minutes)
        going, later = ready[:BUNDLES_AT_ONCE], ready[BUNDLES_AT_ONCE:]
        for outbound in going:
            outbox.assign(session, outbound.bundle.reference, outbound.rows)
        outbox.release(session, [row for outbound in later for row in outbound.rows])
        in_ready = {row.id for outbound in ready for row in outbound.rows}
        _let_wait(session, [row for row in rows if row.id not in in_ready], last, timedelta(minutes=minutes))
    return now, going


def _let_wait(session: Session, rows: Sequence[AlertRow], last: Mapping[str, datetime], apart: timedelta) -> None:
    """Let alerts wait whose recipient got a message a moment ago, until that moment has passed."""
    for recipient in sorted({row.recipient for row in rows}):
        waiting = [row for row in rows if row.recipient == recipient]
        outbox.postpone(session, waiting, until=last[recipient] + apart)


def _send(outbound: OutboundBundle, directory: Directory, breaker: Breaker, claimed_at: datetime) -> Attempt | None:
    """Send one message; None if it was not tried, because this process stood still so long that its lease may be over.

    Where the address has kept silent to others of this sweep, the try counts as failed without a call.
    """
    channel = directory.channels.get(outbound.bundle.channel)
    if channel is None:
        return Attempt(Outcome.FAILED, Reason.BAD_ADDRESS, permanent=True)
    if clock.machine_now() > claimed_at + outbox.SEND_WITHIN:
        return None
    if breaker.is_open(channel.url.site):
        return Attempt(Outcome.FAILED, Reason.CHANNEL_SILENT)
    try:
        wording = render_bundle(outbound, directory)
        attempt = send(channel.url, wording.title, wording.body, outbound.bundle.reference, SEND_TIMEOUT_S)
    except Exception as error:  # the text of one message must not stop the others, nor leave their outcome unrecorded
        event(log, Event.UNEXPECTED, error=error)
        return Attempt(Outcome.FAILED, Reason.BROKE)
    breaker.note(channel.url.site, attempt)
    return attempt


def _record(
    database: Database, directory: Directory, outbound: OutboundBundle, attempt: Attempt, now: datetime
) -> NextTry:
    """Write one try down, and tell the operator where it is time to; return what follows."""
    channel = directory.channels.get(outbound.bundle.channel)
    tries = max(row.attempts for row in outbound.rows) + 1
    then = next_try(
        tries,
        attempt.outcome,
        now,
        outbound.bundle.reference,
        channel=outbound.bundle.channel,
        fallback=channel.fallback if channel else None,
        final=attempt.permanent,
    )
    attempted = outbox.Attempt(
        bundle=outbound.bundle.reference,
        recipient=outbound.bundle.recipient,
        channel=outbound.bundle.channel,
        number=tries,
        outcome=attempt.outcome.value,
        at=now,
        state=STATES[then.then],
        next_channel=then.channel,
        next_attempt_at=then.at,
        tries_on_channel=tries if then.channel == outbound.bundle.channel else 0,
    )
    with database.writing() as session:
        outbox.record(session, attempted, outbound.rows)
        if then.alarm:
            _alarm(session, directory, outbound, now)
    if then.alarm or then.then is FollowUp.UNDELIVERED:
        event(log, Event.MESSAGE_FAILING, bundle=outbound.bundle.reference, reason=attempt.reason)
    return then


def _give_back(database: Database, outbound: OutboundBundle) -> None:
    with database.writing() as session:
        outbox.release(session, outbound.rows)


def _alarm(session: Session, directory: Directory, outbound: OutboundBundle, now: datetime) -> None:
    if directory.operator is not None:
        outbox.add_operator_alarms(
            session,
            outbound.rows,
            recipient=directory.operator.id,
            channel=directory.operator.urgent_channel,
            now=now,
            secret=reference_secret(session),
        )


def _journal(sender: Sender, outbound: OutboundBundle, attempt: Attempt, now: datetime) -> None:
    """Note outside the database what was delivered; where that fails, a restore sends it again, and nothing stops."""
    if sender.journal is None or attempt.outcome is not Outcome.DELIVERED:
        return
    try:
        journal_delivered(sender.journal, [row.reference for row in outbound.rows], now=now)
    except OSError as error:
        event(log, Event.JOURNAL_FAILED, error=error)


def _added(
    total: DeliveryReport, outbound: OutboundBundle, attempt: Attempt, then: NextTry, now: datetime
) -> DeliveryReport:
    late = max((now - row.release_at).total_seconds() for row in outbound.rows)
    return replace(
        total,
        delivered=total.delivered + (attempt.outcome is Outcome.DELIVERED),
        failed=total.failed + (attempt.outcome is Outcome.FAILED),
        unknown=total.unknown + (attempt.outcome is Outcome.UNKNOWN),
        alerts=total.alerts + len(outbound.rows),
        given_up=total.given_up + (len(outbound.rows) if then.then is FollowUp.UNDELIVERED else 0),
        latest_s=max(total.latest_s, late),
    )


BACKLOG = 200
OVERDUE = timedelta(minutes=1)
HELD_AT_MOST = timedelta(minutes=4)
"""Escalations go out within five minutes of the first sweep, whether all is stepped by then or not."""


@dataclass(slots=True)
class CatchUp:
    """Whether sending waits for the steps; `since` is when the backlog was first seen, None while there is none."""

    since: datetime | None = None

    def holds(self, database: Database, *, now: datetime) -> bool:
        """Return whether so many discharges are overdue that sending should wait for them, and may."""
        with database.reading() as session:
            overdue = discharges.due_count(session, now=now - OVERDUE, at_most=BACKLOG)
        if overdue < BACKLOG:
            self.since = None
            return False
        self.since = min(self.since or now, now)
        return now - self.since < HELD_AT_MOST
