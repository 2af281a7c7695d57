"""Several alerts for one recipient become one message, at most one in each window (specification 3.2); pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hemgang.references import reference_of

_NAMING = b"hemgang/bundle/1"
"""Not a secret: what a bundle is named after are references, which say nothing themselves."""


@dataclass(frozen=True, slots=True)
class WaitingAlert:
    """An alert that is to be sent: its reference, to whom, over which channel, and from when on (UTC)."""

    reference: str
    recipient: str
    channel: str
    urgent: bool
    release_at: datetime


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message to one recipient: its own reference, and those of the alerts in it, earliest release first."""

    reference: str
    recipient: str
    channel: str
    references: tuple[str, ...]


def bundles(
    pending: Iterable[WaitingAlert],
    last_sent_by_recipient: Mapping[str, datetime],
    now: datetime,
    bundle_minutes: int,
) -> tuple[Bundle, ...]:
    """Return what goes out at `now`: everything released, one bundle a recipient.

    A recipient who got a bundle less than `bundle_minutes` ago waits until that much time has passed. A bundle with
    something urgent in it takes the urgent alert's channel. A last sending that lies after `now` (a clock that was
    put back) holds nothing up.
    """
    out: list[Bundle] = []
    for recipient, alerts in _by_recipient(pending).items():
        due = [alert for alert in alerts if alert.release_at <= now]
        if due and _free_at(last_sent_by_recipient.get(recipient), now, bundle_minutes) <= now:
            out.append(_bundle(recipient, due))
    return tuple(out)


def next_bundle_at(
    pending: Iterable[WaitingAlert],
    last_sent_by_recipient: Mapping[str, datetime],
    now: datetime,
    bundle_minutes: int,
) -> datetime | None:
    """Return the earliest instant at which `bundles` has something to send: `now` or later, None if nothing waits."""
    instants = [
        _free_at(last_sent_by_recipient.get(recipient), max(alerts[0].release_at, now), bundle_minutes)
        for recipient, alerts in _by_recipient(pending).items()
    ]
    return min(instants, default=None)


def bundle_reference(references: Iterable[str]) -> str:
    """Return the reference of a bundle: that of its only alert, else one made of all of theirs, in any order.

    Raises:
        ValueError: there is no alert in it.
    """
    named = sorted(set(references))
    return named[0] if len(named) == 1 else reference_of(_NAMING, *named)


def _by_recipient(pending: Iterable[WaitingAlert]) -> dict[str, list[WaitingAlert]]:
    """Group alerts by recipient, each alert once, both in the order of their release."""
    once = {alert.reference: alert for alert in pending}
    grouped: dict[str, list[WaitingAlert]] = {}
    for alert in sorted(once.values(), key=lambda waiting: (waiting.release_at, waiting.reference)):
        grouped.setdefault(alert.recipient, []).append(alert)
    return grouped


def _free_at(last_sent: datetime | None, at: datetime, bundle_minutes: int) -> datetime:
    """Return the first instant from `at` on at which a recipient may be told something."""
    if last_sent is None or last_sent > at:
        return at
    return max(at, last_sent + timedelta(minutes=bundle_minutes))


def _bundle(recipient: str, due: list[WaitingAlert]) -> Bundle:
    references = tuple(alert.reference for alert in due)
    leading = next((alert for alert in due if alert.urgent), due[0])
    return Bundle(bundle_reference(references), recipient, leading.channel, references)
