"""What the operator reads of the store itself: the quarantine, and the access log with its chain of hashes."""

from collections.abc import Sequence
from dataclasses import dataclass

from hemgang.queries.access import ALL, log_reading
from hemgang.store.access_log import AccessEntry, Anchor, Reader, access_entries, first_break, last_anchor
from hemgang.store.database import Database
from hemgang.store.messages import QuarantinedLine, quarantined_lines


@dataclass(frozen=True, slots=True)
class AccessChain:
    """Whether each row of the access log follows from the one before: the first that does not, and what it rests on."""

    rows: int
    first_break: int | None
    anchor: Anchor | None


def list_quarantine(
    database: Database, reader: Reader, *, source: str | None, codes: Sequence[str], with_text: bool
) -> tuple[QuarantinedLine, ...]:
    """Return quarantined lines by source and line; with their text, which is then a reading in the access log.

    Without `with_text` no line has one: places and codes name nobody.
    """
    if with_text:
        log_reading(database, reader, action="quarantine")
    with database.reading() as session:
        return tuple(quarantined_lines(session, source=source, codes=codes, with_text=with_text))


def list_access(database: Database, *, episode: str | None) -> tuple[AccessEntry, ...]:
    """Return the readings of one episode, with those of many at once, or every reading; the first one first."""
    with database.reading() as session:
        return tuple(access_entries(session, episodes=(episode, ALL) if episode is not None else ()))


def check_access_chain(database: Database) -> AccessChain:
    """Return whether every row of the access log follows from the one before."""
    with database.reading() as session:
        return AccessChain(sum(1 for _ in access_entries(session)), first_break(session), last_anchor(session))
