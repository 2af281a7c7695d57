"""The access log (åtkomstlogg): who read which episode, when, from which unit and why; each row hashed over the last.

HSLF-FS 2016:40 4 kap. 9 §: kept at least five years. Rows cannot be changed or removed (triggers); a row that was
forged or taken out breaks the chain.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.store.locks import alone
from hemgang.store.tables import AccessRow

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


def first_break(session: Session) -> int | None:
    """Return the number of the first row that does not follow from the one before, None for a whole chain."""
    previous = START
    for seq, row in enumerate(session.scalars(select(AccessRow).order_by(col(AccessRow.seq))), start=1):
        if row.seq != seq or row.previous != previous or row.hash != _hash(row):
            return seq
        previous = row.hash
    return None


def _hash(row: AccessRow) -> str:
    parts = (row.seq, row.at.isoformat(), row.who, row.unit, row.why, row.action, row.episode, row.previous)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
