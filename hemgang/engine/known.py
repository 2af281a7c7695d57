"""What was known at an instant, also of a month that is closed: its closing says what had been taken in (4.5)."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from hemgang.store import closings
from hemgang.store.closings import Closing


@dataclass(frozen=True, slots=True)
class Known:
    """Which messages count: received by an instant and, unless None, taken in by `stored_by` on the store's clock."""

    received_by: datetime
    stored_by: datetime | None = None


def known_as_of(session: Session, *, region: str, month: str, payer: str, as_of: datetime) -> Known:
    """Return what was known of a month at an instant.

    A message that tells no `received_at` counts as received when it happened, also when it comes after the month was
    closed. Up to the closing's own time therefore nothing counts that was taken in after the closing.
    """
    closing = closing_of(session, region=region, month=month, payer=payer)
    if closing is None or as_of > closing.as_of:
        return Known(as_of)
    return Known(as_of, stored_until(closing))


def closing_of(session: Session, *, region: str, month: str, payer: str) -> Closing | None:
    """Return the closing that holds a payer's month ("" = all payers), None where it is open."""
    where = {"region": region, "month": month}
    own = closings.versions_of(session, **where, payer=payer) or closings.versions_of(session, **where, payer="")
    return own[0] if own else None


def stored_until(closing: Closing) -> datetime:
    """Return up to when messages had been stored as a version was made, by the store's clock."""
    told = json.loads(closing.body).get("stored_until")
    return closing.closed_at if told is None else datetime.fromisoformat(told)
