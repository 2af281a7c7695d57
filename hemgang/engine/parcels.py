"""Parcels: what goes to one recipient in one message, and which of the alerts taken from the outbox are in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hemgang.alerts.bundling import Bundle, Waiting, bundle_reference, bundles
from hemgang.alerts.directory import Directory
from hemgang.alerts.wording import Wording, notice_of, render
from hemgang.store.duties import alert_of
from hemgang.store.tables import AlertRow


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one recipient and the outbox rows in it."""

    bundle: Bundle
    rows: tuple[AlertRow, ...]


def parcels(rows: Sequence[AlertRow], last_sent: Mapping[str, datetime], now: datetime, minutes: int) -> list[Parcel]:
    """Return what can go out at `now`, in the order in which its foremost alert came.

    What was tried before goes again as the same message. `minutes`: what a recipient gets lies so far apart.
    """
    place = {row.reference: number for number, row in enumerate(rows)}
    found = [*_again(rows), *_fresh(rows, bundles(_waiting(rows), last_sent, now, minutes))]
    return sorted(found, key=lambda parcel: min(place[row.reference] for row in parcel.rows))


def worded(parcel: Parcel, directory: Directory) -> Wording:
    """Return a parcel's text for its channel, which must be in the directory."""
    notices = [
        notice_of(alert_of(row), strict_due=row.strict_due, practical_due=row.practical_due, reference=row.reference)
        for row in parcel.rows
    ]
    return render(
        notices,
        language=directory.settings.language,
        reference=parcel.bundle.reference,
        link=directory.settings.link,
        shape=directory.channels[parcel.bundle.channel].shape,
    )


def _again(rows: Sequence[AlertRow]) -> Iterator[Parcel]:
    """Yield what is tried again: the same alerts in the same bundle, so that its reference stays the same."""
    by_bundle: dict[str, list[AlertRow]] = {}
    for row in rows:
        if row.bundle is not None:
            by_bundle.setdefault(row.bundle, []).append(row)
    for together in by_bundle.values():
        references = tuple(row.reference for row in together)
        first = together[0]
        yield Parcel(Bundle(bundle_reference(references), first.recipient, first.channel, references), tuple(together))


def _waiting(rows: Sequence[AlertRow]) -> list[Waiting]:
    return [
        Waiting(row.reference, row.recipient, row.channel, row.urgent, row.release_at)
        for row in rows
        if row.bundle is None
    ]


def _fresh(rows: Sequence[AlertRow], ready: Sequence[Bundle]) -> Iterator[Parcel]:
    by_reference = {row.reference: row for row in rows}
    for bundle in ready:
        yield Parcel(bundle, tuple(by_reference[reference] for reference in bundle.references))
