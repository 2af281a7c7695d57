"""Messages in the store: append new ones, tell duplicates from conflicts, read them back in episode order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby

from sqlalchemy import insert, select
from sqlmodel import Session, col

from hemgang.messages.content import canonical, from_canonical
from hemgang.messages.model import Message, MessageType
from hemgang.store.tables import MessageRow

AT_ONCE = 5_000


def digests_of(session: Session, ids: Sequence[str]) -> Mapping[str, str]:
    """Return the content digests of those of `ids` that are stored."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        query = select(col(MessageRow.id), col(MessageRow.digest)).where(
            col(MessageRow.id).in_(ids[start : start + AT_ONCE])
        )
        found.update((row[0], row[1]) for row in session.execute(query))
    return found


def append(session: Session, messages: Iterable[Message], *, now: datetime) -> None:
    """Store new messages; their ids must not be stored yet."""
    # In order of id: of two who store the same messages at once, one waits for the other, never both.
    rows = [_row(message, canonical(message), now) for message in sorted(messages, key=lambda message: message.id)]
    if rows:
        session.execute(insert(MessageRow), rows)


def of_episode(session: Session, episode: str) -> list[Message]:
    """Return every stored message of one episode, in no particular order."""
    query = select(col(MessageRow.body)).where(col(MessageRow.episode) == episode)
    return [from_canonical(body) for body in session.scalars(query)]


def of_episodes(session: Session, episodes: Sequence[str]) -> dict[str, list[Message]]:
    """Return every stored message of each of the episodes."""
    found: dict[str, list[Message]] = {episode: [] for episode in episodes}
    for start in range(0, len(episodes), AT_ONCE):
        query = select(col(MessageRow.episode), col(MessageRow.body)).where(
            col(MessageRow.episode).in_(episodes[start : start + AT_ONCE])
        )
        for episode, body in session.execute(query):
            found[episode].append(from_canonical(body))
    return found


def never_opened(
    session: Session, *, start: datetime, end: datetime, received_by: datetime
) -> dict[str, tuple[str, ...]]:
    """Return the message ids, by episode, of episodes with something in the span but no `admitted` at all.

    `start` included, `end` excluded. Nobody knows which county such an episode belongs to.
    """
    opened = select(col(MessageRow.episode)).where(
        col(MessageRow.type) == MessageType.ADMITTED.value, col(MessageRow.received_at) <= received_by
    )
    query = (
        select(col(MessageRow.episode), col(MessageRow.id))
        .where(col(MessageRow.at) >= start, col(MessageRow.at) < end, col(MessageRow.received_at) <= received_by)
        .where(col(MessageRow.episode).not_in(opened))
        .order_by(col(MessageRow.episode), col(MessageRow.id))
    )
    rows = session.execute(query).all()
    return {episode: tuple(row[1] for row in group) for episode, group in groupby(rows, key=lambda row: str(row[0]))}


def by_episode(
    session: Session, *, received_by: datetime | None = None, region: str | None = None
) -> Iterator[tuple[str, list[Message]]]:
    """Yield each episode with its messages, streaming, in order of episode id.

    `received_by` leaves out what came later. `region` keeps the episodes that were ever in that county: what holds in
    the end is for the caller's fold to say.
    """
    query = select(col(MessageRow.episode), col(MessageRow.body)).order_by(col(MessageRow.episode))
    if received_by is not None:
        query = query.where(col(MessageRow.received_at) <= received_by)
    if region is not None:
        ever_there = select(col(MessageRow.episode)).where(col(MessageRow.region) == region)
        query = query.where(col(MessageRow.episode).in_(ever_there))
    rows = session.execute(query.execution_options(yield_per=AT_ONCE))
    for episode, group in groupby(rows, key=lambda row: str(row[0])):
        yield episode, [from_canonical(row[1]) for row in group]


def _row(message: Message, body: str, now: datetime) -> dict[str, object]:
    return {
        "id": message.id,
        "episode": message.episode,
        "type": message.type.value,
        "at": message.at,
        "received_at": message.received_at,
        "stored_at": now,
        "region": message.fields.get("region"),
        "digest": sha256(body.encode()).hexdigest(),  # hemgang.messages.content.digest, without encoding again
        "body": body,
    }
