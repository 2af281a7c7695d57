"""Messages in the store: appended, told from duplicates and conflicts, read back by episode; and the quarantine.

A line that could not be taken in is kept by its place and code, with its text only where that is safe. What came in
after a month was closed is asked for by when it was received and by when it was stored (specification 4.5).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlmodel import Session, SQLModel, col

from hemgang.messages.canonical import Canonical, canonical_of, from_canonical
from hemgang.messages.model import Message, MessageType
from hemgang.store.tables import AT_ONCE, MessageRow, QuarantineRow, sqlite_text


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
    query = (
        select(col(MessageRow.episode), col(MessageRow.type))
        .where(or_(col(MessageRow.received_at) > received_after, col(MessageRow.stored_at) > stored_after))
        .where(col(MessageRow.received_at) <= until, col(MessageRow.episode).in_(_ever_in(region)))
        .where(or_(col(MessageRow.at) < before, col(MessageRow.type).in_(BACKWARDS)))
    )
    found: dict[str, set[MessageType]] = {}
    for episode, kind in session.execute(query):
        found.setdefault(episode, set()).add(MessageType(kind))
    return {episode: frozenset(kinds) for episode, kinds in found.items()}


def last_stored(session: Session, *, region: str) -> datetime:
    """Return when the last message of any episode ever in the county was stored; 2000 where there is none."""
    latest: datetime | None = session.scalar(
        select(func.max(MessageRow.stored_at)).where(col(MessageRow.episode).in_(_ever_in(region)))
    )
    return latest or datetime(2000, 1, 1, tzinfo=UTC)


BACKWARDS = (MessageType.RETRACTED.value, MessageType.CANCELLED.value, MessageType.DISCHARGE_CANCELLED.value)
"""Messages that change what came before them, whenever they took effect."""


_TABLE = SQLModel.metadata.tables[str(MessageRow.__tablename__)]


def digests_of(session: Session, ids: Sequence[str]) -> Mapping[str, str]:
    """Return the content digests of those of `ids` that are stored."""
    found: dict[str, str] = {}
    connection = session.connection()
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        query = select(_TABLE.c.id, _TABLE.c.digest).where(_TABLE.c.id.in_(part))
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def append(session: Session, messages: Iterable[Message], *, now: datetime) -> None:
    """Store new messages; their ids must not be stored yet."""
    append_canonical(session, [canonical_of(message) for message in messages], now=now)


def append_canonical(session: Session, messages: Iterable[Canonical], *, now: datetime) -> None:
    """Store new messages whose text and digest are at hand; their ids must not be stored yet."""
    # In order of id: of two who store the same messages at once, one waits for the other, never both.
    ordered = sorted(messages, key=attrgetter("id"))
    if not ordered:
        return
    # Straight to the table: the mapper would make one statement of each run of rows with the same empty columns.
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        stored_at = sqlite_text(now)
        connection.exec_driver_sql(_SQLITE_INSERT, [_sqlite_row(one, stored_at) for one in ordered])
    else:
        connection.execute(_TABLE.insert(), [_row(one, now) for one in ordered])


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


def known_episodes(session: Session, *, received_by: datetime, region: str | None = None) -> list[str]:
    """Return the episodes of which something was received by an instant, sorted; `region` keeps those ever there."""
    query = select(col(MessageRow.episode)).where(*_known(received_by, None)).distinct()
    if region is not None:
        query = query.where(col(MessageRow.episode).in_(_ever_in(region)))
    return sorted(session.scalars(query))


def never_opened(
    session: Session, *, start: datetime, end: datetime, received_by: datetime, stored_by: datetime | None = None
) -> dict[str, tuple[str, ...]]:
    """Return the message ids, by episode, of episodes with something in the span but no `admitted` at all.

    `start` included, `end` excluded. Nobody knows which county such an episode belongs to.
    """
    known = _known(received_by, stored_by)
    opened = select(col(MessageRow.episode)).where(col(MessageRow.type) == MessageType.ADMITTED.value, *known)
    query = (
        select(col(MessageRow.episode), col(MessageRow.id))
        .where(col(MessageRow.at) >= start, col(MessageRow.at) < end, *known)
        .where(col(MessageRow.episode).not_in(opened))
        .order_by(col(MessageRow.episode), col(MessageRow.id))
    )
    rows = session.execute(query).all()
    return {episode: tuple(row[1] for row in group) for episode, group in groupby(rows, key=lambda row: str(row[0]))}


@dataclass(frozen=True, slots=True)
class NeededEpisodes:
    """Which episodes a month needs: those not surely over before `start`, and those discharged in one of the spans.

    The spans are months that a threshold or a gate over earlier months asks for, first instant included, last excluded.
    """

    start: datetime
    discharged_in: tuple[tuple[datetime, datetime], ...] = ()


def by_episode(
    session: Session,
    *,
    received_by: datetime | None = None,
    stored_by: datetime | None = None,
    region: str | None = None,
    touching: NeededEpisodes | None = None,
) -> Iterator[tuple[str, list[Message]]]:
    """Yield each episode with its messages, streaming, in order of episode id.

    `received_by` leaves out what came later, `stored_by` what was taken in later. `region` keeps the episodes that were
    ever in that county: what holds in the end is for the caller's fold to say. `touching` leaves out episodes that were
    surely over before.
    """
    query = _bodies(_known(received_by, stored_by), region, touching)
    known: list[Message] = []
    current = ""
    # Straight from the table, some thousand at once: the mapper would make an object of each row first.
    found = session.connection().execute(query.execution_options(yield_per=AT_ONCE))
    for rows in found.partitions():
        for episode, body in rows:
            if episode != current:
                if known:
                    yield current, known
                current, known = episode, []
            known.append(from_canonical(body))
    if known:
        yield current, known


def _known(received_by: datetime | None, stored_by: datetime | None) -> list[ColumnElement[bool]]:
    """Return what limits a query to the messages known then; each limit that is None limits nothing."""
    received = [] if received_by is None else [col(MessageRow.received_at) <= received_by]
    return received if stored_by is None else [*received, col(MessageRow.stored_at) <= stored_by]


def _ever_in(region: str) -> Select[str]:
    return select(col(MessageRow.episode)).where(col(MessageRow.region) == region)


def _bodies(limits: list[ColumnElement[bool]], region: str | None, touching: NeededEpisodes | None) -> Select[str, str]:
    query = select(col(MessageRow.episode), col(MessageRow.body)).order_by(col(MessageRow.episode)).where(*limits)
    if region is not None:
        query = query.where(col(MessageRow.episode).in_(_ever_in(region)))
    if touching is not None:
        query = query.where(_needed(touching, limits))
    return query


def _needed(touching: NeededEpisodes, limits: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Tell which episodes are not surely over: ended, the last message before the start, and nothing undoes an end."""
    known = select(col(MessageRow.episode)).where(*limits)
    over = (
        known.group_by(col(MessageRow.episode))
        .having(func.max(MessageRow.at) < touching.start)
        .having(func.sum(case((col(MessageRow.type).in_(_ENDING), 1), else_=0)) > 0)
        .having(func.sum(case((col(MessageRow.type).in_(_UNDOING), 1), else_=0)) == 0)
    )
    wanted = [
        select(col(MessageRow.episode)).where(
            col(MessageRow.type) == MessageType.DISCHARGED.value, col(MessageRow.at) >= first, col(MessageRow.at) < last
        )
        for first, last in touching.discharged_in
    ]
    return or_(col(MessageRow.episode).not_in(over), *(col(MessageRow.episode).in_(one) for one in wanted))


_ENDING = (MessageType.DISCHARGED.value, MessageType.DIED.value, MessageType.CANCELLED.value)
_UNDOING = (MessageType.DISCHARGE_CANCELLED.value, MessageType.RETRACTED.value)


def _sqlite_row(one: Canonical, stored_at: str) -> tuple[str | None, ...]:
    """Return a row as SQLite's driver takes it: what `_row` comes to, at a third of the time."""
    at = sqlite_text(one.at)
    received_at = at if one.received_at is one.at else sqlite_text(one.received_at)
    return (one.id, one.episode, one.type.value, at, received_at, stored_at, one.region, one.digest, one.text)


def _row(one: Canonical, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "episode": one.episode,
        "type": one.type.value,
        "at": one.at,
        "received_at": one.received_at,
        "stored_at": now,
        "region": one.region,
        "digest": one.digest,
        "body": one.text,
    }


_COLUMNS = ("id", "episode", "type", "at", "received_at", "stored_at", "region", "digest", "body")
_SQLITE_INSERT = f"INSERT INTO message ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' for _ in _COLUMNS)})"  # noqa: S608


_QUARANTINE = SQLModel.metadata.tables[str(QuarantineRow.__tablename__)]
_Place = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One quarantined line; `raw` is None where the text may hold an identity number or was too long to keep."""

    source: str
    line: int
    digest: str
    code: str
    field: str
    raw: str | None


def quarantine(session: Session, lines: Iterable[QuarantineEntry], *, now: datetime) -> None:
    """Store quarantined lines; the same line of the same source twice is stored once."""
    by_place = {(line.source, line.line, line.digest): line for line in reversed(list(lines))}
    kept = _stored_places(session, by_place)
    rows = [
        {
            "source": line.source,
            "line": line.line,
            "digest": line.digest,
            "code": line.code,
            "field": line.field,
            "raw": line.raw,
            "stored_at": now,
        }
        for place, line in reversed(by_place.items())
        if place not in kept
    ]
    if rows:
        session.connection().execute(_QUARANTINE.insert(), rows)


def _stored_places(session: Session, places: Collection[_Place]) -> set[_Place]:
    found: set[_Place] = set()
    for source in {place[0] for place in places}:
        numbers = sorted({place[1] for place in places if place[0] == source})
        for start in range(0, len(numbers), AT_ONCE):
            query = select(col(QuarantineRow.line), col(QuarantineRow.digest)).where(
                col(QuarantineRow.source) == source,
                col(QuarantineRow.line).in_(numbers[start : start + AT_ONCE]),
            )
            found |= {(source, row[0], row[1]) for row in session.execute(query)}
    return found


@dataclass(frozen=True, slots=True)
class QuarantinedLine:
    """One quarantined line; `text` is None where it was not kept, because it may hold an identity number."""

    source: str
    line: int
    code: str
    field: str
    stored_at: datetime
    text: str | None


def quarantined_lines(
    session: Session, *, source: str | None = None, codes: Sequence[str] = (), with_text: bool
) -> Iterator[QuarantinedLine]:
    """Yield quarantined lines by source, line and time of storing; `source` and `codes` leave out others."""
    query = select(QuarantineRow).order_by(
        col(QuarantineRow.source), col(QuarantineRow.line), col(QuarantineRow.stored_at), col(QuarantineRow.id)
    )
    if source is not None:
        query = query.where(col(QuarantineRow.source) == source)
    if codes:
        query = query.where(col(QuarantineRow.code).in_(codes))
    for row in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        yield QuarantinedLine(row.source, row.line, row.code, row.field, row.stored_at, row.raw if with_text else None)
