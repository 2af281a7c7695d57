"""The access log (åtkomstlogg): who read which episode, when, from which unit and why; each row hashed over the last.

HSLF-FS 2016:40 4 kap. 9 §: kept at least five years. Rows cannot be changed or removed (triggers); a row that was
forged or taken out breaks the chain. What retention lets go, always the oldest rows and never the last one, leaves an
anchor from which the chain goes on.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session, col

from hemgang.store.database import alone
from hemgang.store.retention import passing
from hemgang.store.tables import AT_ONCE, AccessAnchorRow, AccessRow

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, from which unit, and why."""

    who: str
    unit: str
    why: str


def record(session: Session, reader: Reader, *, action: str, episode: str, at: datetime) -> None:
    """Append one reading to the log; needs a writing session, which keeps the chain single."""
    alone(session, "access")
    last = session.scalars(select(AccessRow).order_by(col(AccessRow.seq).desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, START)
    row = AccessRow(
        seq=seq,
        at=at,
        who=reader.who,
        unit=reader.unit,
        why=reader.why,
        action=action,
        episode=episode,
        previous=previous,
        hash="",
    )
    row.hash = _hash(row)
    session.add(row)


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One row of the access log: who read which episode, when (UTC), from which unit, why, and by what action."""

    seq: int
    at: datetime
    who: str
    unit: str
    why: str
    action: str
    episode: str


def access_entries(session: Session, *, episodes: Sequence[str] = ()) -> Iterator[AccessEntry]:
    """Yield the access log, the first row first; `episodes` leaves out those of others."""
    query = select(AccessRow).order_by(col(AccessRow.seq))
    if episodes:
        query = query.where(col(AccessRow.episode).in_(episodes))
    for row in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        yield AccessEntry(row.seq, row.at, row.who, row.unit, row.why, row.action, row.episode)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last row that retention let go: its number, its hash, when it was written, and when it went (UTC)."""

    seq: int
    hash: str
    row_at: datetime
    at: datetime


def last_anchor(session: Session) -> Anchor | None:
    """Return from where the chain is verified, None where no row has gone."""
    row = session.scalars(select(AccessAnchorRow).order_by(col(AccessAnchorRow.seq).desc()).limit(1)).first()
    return None if row is None else Anchor(row.seq, row.hash, row.row_at, row.at)


def first_break(session: Session) -> int | None:
    """Return the number of the first row that does not follow from the one before, None for a whole chain.

    After the oldest rows went, the first one must follow from the last anchor, and each anchor from the one before.
    """
    sealed_by, gone, previous = START, 0, START
    for anchor in session.scalars(select(AccessAnchorRow).order_by(col(AccessAnchorRow.seq))):
        if anchor.previous != sealed_by or anchor.seal != _seal(anchor):
            return anchor.seq
        sealed_by, gone, previous = anchor.seal, anchor.seq, anchor.hash
    for seq, row in enumerate(session.scalars(select(AccessRow).order_by(col(AccessRow.seq))), start=gone + 1):
        if row.seq != seq or row.previous != previous or row.hash != _hash(row):
            return seq
        previous = row.hash
    return None


def drop_oldest(session: Session, *, upto: int, floor: datetime, at: datetime, by: str) -> None:
    """Delete the rows up to a number and append the anchor that stands for them; needs a writing session.

    The database refuses it for a row that is younger than `floor` or five years, and for the last one.
    """
    alone(session, "access")
    before = session.scalars(select(AccessAnchorRow).order_by(col(AccessAnchorRow.seq).desc()).limit(1)).first()
    last = session.get_one(AccessRow, upto)
    anchor = AccessAnchorRow(
        seq=last.seq,
        hash=last.hash,
        row_at=last.at,
        at=at,
        by=by,
        previous=START if before is None else before.seal,
        seal="",
    )
    anchor.seal = _seal(anchor)
    session.add(anchor)
    session.flush()
    with passing(session, "access_log", ["*"], older_than=floor):
        session.execute(delete(AccessRow).where(col(AccessRow.seq) <= upto))


def _seal(anchor: AccessAnchorRow) -> str:
    times = (anchor.row_at.isoformat(), anchor.at.isoformat())
    parts = (anchor.seq, anchor.hash, *times, anchor.by, anchor.previous)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _hash(row: AccessRow) -> str:
    parts = (row.seq, row.at.isoformat(), row.who, row.unit, row.why, row.action, row.episode, row.previous)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
