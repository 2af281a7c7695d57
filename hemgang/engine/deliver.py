"""Delivers the outbox: bundles what is released, sends it, writes down what became of each try (specification 3.4)."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from hemgang import clock
from hemgang.alerts.backoff import Then, next_try
from hemgang.alerts.bundling import Bundle, Waiting, bundle_reference, bundles
from hemgang.alerts.channels import Channel
from hemgang.alerts.directory import Directory
from hemgang.alerts.outcomes import Attempt, Outcome, Reason
from hemgang.alerts.send import send
from hemgang.alerts.wording import notice_of, render
from hemgang.duties.model import AlertState
from hemgang.engine.rules import Rules
from hemgang.store import outbox
from hemgang.store.database import Database
from hemgang.store.duties import alert_of
from hemgang.store.settings import reference_secret
from hemgang.store.tables import AlertRow

SEND_TIMEOUT_S = 20.0
AT_ONCE = 500
SENDERS = 8
PARCELS_AT_ONCE = 40
"""Messages of one sweep: where every channel is silent, 40 / 8 senders x 20 s = 100 s, which the lease of two minutes
(hemgang.store.outbox) outlives, so that no other engine sends what is still under way here."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one sweep of the outbox did: messages by outcome, alerts in them, alerts given up, latest after release."""

    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    alerts: int = 0
    given_up: int = 0
    latest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Parcel:
    bundle: Bundle
    rows: tuple[AlertRow, ...]


def deliver(database: Database, rules: Rules, *, now: datetime) -> Delivered:
    """Send what is due in the outbox at `now`, some ten messages at most; call again while it did something.

    Without a directory nothing can be sent and nothing is touched. Killed at any point, an alert is sent again with
    the same reference, or later: never lost.
    """
    directory = rules.directory
    if directory is None:
        return Delivered()
    with database.writing() as session:
        rows = outbox.claim_pending(session, now=now, real_now=clock.machine_now(), limit=AT_ONCE)
        recipients = sorted({row.recipient for row in rows})
        last = outbox.last_sent(session, recipients)
        minutes = directory.settings.bundle_minutes
        ready = [*_again(rows), *_fresh(rows, bundles(_waiting(rows), last, now, minutes))]
        parcels, later = ready[:PARCELS_AT_ONCE], ready[PARCELS_AT_ONCE:]
        for parcel in parcels:
            outbox.assign(session, parcel.bundle.reference, parcel.rows)
        outbox.give_back(session, [row for parcel in later for row in parcel.rows])
        going = {row.id for parcel in ready for row in parcel.rows}
        _let_wait(session, [row for row in rows if row.id not in going], last, timedelta(minutes=minutes))
    total = Delivered()
    with ThreadPoolExecutor(SENDERS) as senders:
        attempts = senders.map(lambda parcel: _send(parcel, directory), parcels)
        for parcel, attempt in zip(parcels, attempts, strict=True):
            total = _add(total, parcel, attempt, given_up=_record(database, directory, parcel, attempt, now), now=now)
    return total


def _let_wait(session: Session, rows: Sequence[AlertRow], last: Mapping[str, datetime], apart: timedelta) -> None:
    """Let alerts wait whose recipient got a message a moment ago, until that moment has passed."""
    for recipient in sorted({row.recipient for row in rows}):
        waiting = [row for row in rows if row.recipient == recipient]
        outbox.postpone(session, waiting, until=last[recipient] + apart)


def _again(rows: Sequence[AlertRow]) -> Iterator[_Parcel]:
    """Yield what is tried again: the same alerts in the same bundle, so that its reference stays the same."""
    by_bundle: dict[str, list[AlertRow]] = {}
    for row in rows:
        if row.bundle is not None:
            by_bundle.setdefault(row.bundle, []).append(row)
    for together in by_bundle.values():
        references = tuple(row.reference for row in together)
        first = together[0]
        yield _Parcel(Bundle(bundle_reference(references), first.recipient, first.channel, references), tuple(together))


def _waiting(rows: Sequence[AlertRow]) -> list[Waiting]:
    return [
        Waiting(row.reference, row.recipient, row.channel, row.urgent, row.release_at)
        for row in rows
        if row.bundle is None
    ]


def _fresh(rows: Sequence[AlertRow], ready: Sequence[Bundle]) -> Iterator[_Parcel]:
    by_reference = {row.reference: row for row in rows}
    for bundle in ready:
        yield _Parcel(bundle, tuple(by_reference[reference] for reference in bundle.references))


def _send(parcel: _Parcel, directory: Directory) -> Attempt:
    channel = directory.channels.get(parcel.bundle.channel)
    if channel is None:
        return Attempt(Outcome.FAILED, Reason.BAD_ADDRESS)
    notices = [
        notice_of(alert_of(row), strict_due=row.strict_due, practical_due=row.practical_due, reference=row.reference)
        for row in parcel.rows
    ]
    wording = render(
        notices,
        language=directory.settings.language,
        reference=parcel.bundle.reference,
        link=directory.settings.link,
        shape=channel.shape,
    )
    return send(channel.url, wording.title, wording.body, parcel.bundle.reference, SEND_TIMEOUT_S)


def _record(database: Database, directory: Directory, parcel: _Parcel, attempt: Attempt, now: datetime) -> bool:
    """Write one try down; return whether its alerts are given up."""
    channel: Channel | None = directory.channels.get(parcel.bundle.channel)
    tries = max(row.attempts for row in parcel.rows) + 1
    then = next_try(
        tries,
        attempt.outcome,
        now,
        parcel.bundle.reference,
        channel=parcel.bundle.channel,
        fallback=channel.fallback if channel else None,
    )
    state = {
        Then.DONE: AlertState.DELIVERED,
        Then.AGAIN: AlertState.PENDING,
        Then.UNDELIVERED: AlertState.UNDELIVERED,
    }[then.then]
    attempted = outbox.Attempted(
        bundle=parcel.bundle.reference,
        recipient=parcel.bundle.recipient,
        channel=parcel.bundle.channel,
        number=tries,
        outcome=attempt.outcome.value,
        at=now,
        state=state,
        next_channel=then.channel,
        next_attempt_at=then.at,
        tries_on_channel=tries if then.channel == parcel.bundle.channel else 0,
    )
    given_up = then.then is Then.UNDELIVERED
    with database.writing() as session:
        outbox.record(session, attempted, parcel.rows)
        if given_up:
            _alarm(session, directory, parcel, now)
    return given_up


def _alarm(session: Session, directory: Directory, parcel: _Parcel, now: datetime) -> None:
    log.error("message %s given up after its last channel", parcel.bundle.reference)
    if directory.operator is not None:
        outbox.tell_operator(
            session,
            parcel.rows,
            recipient=directory.operator.id,
            channel=directory.operator.urgent_channel,
            now=now,
            secret=reference_secret(session),
        )


def _add(total: Delivered, parcel: _Parcel, attempt: Attempt, *, given_up: bool, now: datetime) -> Delivered:
    late = max((now - row.release_at).total_seconds() for row in parcel.rows)
    return Delivered(
        delivered=total.delivered + (attempt.outcome is Outcome.DELIVERED),
        failed=total.failed + (attempt.outcome is Outcome.FAILED),
        unknown=total.unknown + (attempt.outcome is Outcome.UNKNOWN),
        alerts=total.alerts + len(parcel.rows),
        given_up=total.given_up + (len(parcel.rows) if given_up else 0),
        latest_s=max(total.latest_s, late),
    )
