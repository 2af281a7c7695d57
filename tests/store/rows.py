"""Messages and discharges to put in the store; for the tests of the store only."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from hemgang.messages.model import Message, MessageType
from hemgang.store import discharges, messages
from hemgang.store.database import Database

SECRET = b"a secret for tests"
NOON = datetime(2023, 3, 1, 12, tzinfo=UTC)


def message(id: str, episode: str = "e1", kind: str = "admitted", at: datetime = NOON, **fields: Any) -> Message:  # noqa: A002
    """Return one message, received when it was sent."""
    if kind == "admitted":
        fields = {"region": "23", "municipality": "2380", "care": "somatic"} | fields
    return Message(id, episode, MessageType(kind), at, at, fields=fields)


def wake(database: Database, episodes: Iterable[str], at: datetime = NOON) -> None:
    """Let discharges be due."""
    with database.writing() as session:
        discharges.wake(session, episodes, at=at, secret=SECRET)


def claim(
    database: Database, owner: str, *, limit: int = 100, now: datetime = NOON, real_now: datetime = NOON
) -> list[discharges.Claim]:
    """Claim what is due in a transaction of its own."""
    with database.writing() as session:
        return discharges.claim(session, now=now, real_now=real_now, owner=owner, limit=limit)


def standing(next_wake: datetime | None = None) -> discharges.DischargeStatus:
    """Return where a discharge stands after some step."""
    return discharges.DischargeStatus("23", "2380", "admitted", "nothing due", next_wake)


def store(database: Database, *stored: Message) -> None:
    """Store messages and wake their discharges, as taking them in does."""
    with database.writing() as session:
        messages.append(session, stored, now=NOON)
        discharges.wake(session, {one.episode for one in stored}, at=NOON, secret=SECRET)


LATER = NOON + timedelta(hours=1)
