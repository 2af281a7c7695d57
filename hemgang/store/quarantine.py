"""Lines that could not be taken in: kept by position and code, with their text only where that is safe."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from hemgang.store.tables import QuarantineRow

AT_ONCE = 5_000
_TABLE = SQLModel.metadata.tables[str(QuarantineRow.__tablename__)]
_Place = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One quarantined line; `raw` is None where the text may hold an identity number or was too long to keep."""

    source: str
    line: int
    digest: str
    code: str
    field: str
    raw: str | None


def keep(session: Session, lines: Iterable[Quarantined], *, now: datetime) -> None:
    """Store quarantined lines; the same line of the same source twice is stored once."""
    by_place = {(line.source, line.line, line.digest): line for line in reversed(list(lines))}
    kept = _kept_already(session, by_place)
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
        session.connection().execute(_TABLE.insert(), rows)


def _kept_already(session: Session, places: Collection[_Place]) -> set[_Place]:
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
