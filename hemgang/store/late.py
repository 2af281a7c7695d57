"""What came in after a month was closed: episodes with messages received or stored later (specification 4.5)."""

from datetime import UTC, datetime

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from hemgang.messages.model import MessageType
from hemgang.store.tables import MessageRow


def later_messages(
    session: Session,
    *,
    region: str,
    received_after: datetime,
    stored_after: datetime,
    until: datetime,
    before: datetime,
) -> dict[str, frozenset[MessageType]]:
    """Return the kinds of messages, by episode ever in the county, that a closing could not know.

    Received after `received_after`, or stored after `stored_after` (by the store's own clock, see `last_stored`) though
    received before; received by `until`.
    `before` leaves out those about a later time: only messages that took effect before it.
    """
    ever_there = select(col(MessageRow.episode)).where(col(MessageRow.region) == region)
    query = (
        select(col(MessageRow.episode), col(MessageRow.type))
        .where(or_(col(MessageRow.received_at) > received_after, col(MessageRow.stored_at) > stored_after))
        .where(col(MessageRow.received_at) <= until, col(MessageRow.episode).in_(ever_there))
        .where(or_(col(MessageRow.at) < before, col(MessageRow.type).in_(BACKWARDS)))
    )
    found: dict[str, set[MessageType]] = {}
    for episode, kind in session.execute(query):
        found.setdefault(episode, set()).add(MessageType(kind))
    return {episode: frozenset(kinds) for episode, kinds in found.items()}


def last_stored(session: Session, *, region: str) -> datetime:
    """Return when the last message of any episode ever in the county was stored; 2000 where there is none."""
    ever_there = select(col(MessageRow.episode)).where(col(MessageRow.region) == region)
    latest: datetime | None = session.scalar(
        select(func.max(MessageRow.stored_at)).where(col(MessageRow.episode).in_(ever_there))
    )
    return latest or datetime(2000, 1, 1, tzinfo=UTC)


BACKWARDS = (MessageType.RETRACTED.value, MessageType.CANCELLED.value, MessageType.DISCHARGE_CANCELLED.value)
"""Messages that change what came before them, whenever they took effect."""
