"""The content hash of each payer's statement, and of a closed month with what is parked and adjusted in it (4.5)."""

from collections.abc import Iterable, Sequence

from hemgang.closing.adjustments import Adjustment
from hemgang.liability.canonical import content_hash, statement_lines
from hemgang.liability.model import Draft, Row


def statement_hashes(drafted: Draft) -> dict[str, str]:
    """Return the content hash of each statement, by payer: what a side agrees to."""
    return {statement.payer: content_hash(statement_lines(statement)) for statement in drafted.statements}


def closing_hash(drafted: Draft, parked: Iterable[Row], adjustments: Sequence[Adjustment]) -> str:
    """Return the hash of what is closed: the draft's own, or over it with the rows parked and the adjustments."""
    lines = sorted(f"parked {row.payer} {row.episode} {row.period} {row.date} {row.clause}" for row in parked)
    lines += sorted(str(one) for one in adjustments)
    return content_hash([drafted.hash, *lines]) if lines else drafted.hash
