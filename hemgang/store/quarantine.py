"""Lines that could not be taken in: kept by position and code, with their text only where that is safe."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from hemgang.store.tables import QuarantineRow


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
    for line in lines:
        query = select(col(QuarantineRow.id)).where(
            col(QuarantineRow.source) == line.source,
            col(QuarantineRow.line) == line.line,
            col(QuarantineRow.digest) == line.digest,
        )
        if session.scalar(query) is None:
            session.add(
                QuarantineRow(
                    source=line.source,
                    line=line.line,
                    digest=line.digest,
                    code=line.code,
                    field=line.field,
                    raw=line.raw,
                    stored_at=now,
                )
            )
            session.flush()
