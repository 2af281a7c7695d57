"""Acknowledgements: a named person has seen an alert, or a bundle of them; its discharges are looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from hemgang.store.discharges import wake
from hemgang.store.settings import reference_secret
from hemgang.store.tables import AcknowledgementRow, AlertRow


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One duty's revision that is acknowledged now: episode and the key of the duty (kind/period/clause)."""

    episode: str
    key: str
    revision: int


def acknowledge(session: Session, reference: str, *, by: str, at: datetime) -> Sequence[Acknowledged]:
    """Store that `by` has seen the alert with this reference, or every alert of the bundle with it, at `at` (UTC).

    Needs a writing session. Each duty's revision is acknowledged once however many alerts spoke of it, and its
    discharge is due at `at`. Nothing is stored where no alert has the reference, and nothing is returned.
    """
    named = or_(col(AlertRow.reference) == reference, col(AlertRow.bundle) == reference)
    query = select(col(AlertRow.episode), col(AlertRow.key), col(AlertRow.revision)).where(named).distinct()
    found = sorted((str(row[0]), str(row[1]), int(row[2])) for row in session.execute(query))
    for episode, key, revision in found:
        session.add(AcknowledgementRow(episode=episode, key=key, revision=revision, reference=reference, by=by, at=at))
    if found:
        wake(session, {episode for episode, _, _ in found}, at=at, secret=reference_secret(session))
    return [Acknowledged(*one) for one in found]
