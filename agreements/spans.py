"""The dates on which something of an agreement begins, or has just ended; between two its terms are the same."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from agreements.citation import Cited
from agreements.clause import Clause
from agreements.model import Agreement

ONE_DAY = timedelta(days=1)


def breakpoints_of(
    agreement: Agreement, values: Iterable[tuple[Cited[object], ...]], clauses: Iterable[Clause]
) -> frozenset[date]:
    """Return the first day of the agreement and of each row and suspension of it, and the day after each last one."""
    spans: list[tuple[date | None, date | None]] = [(agreement.valid_from, agreement.valid_to)]
    spans += ((one.valid_from, one.valid_to) for one in agreement.suspensions)
    spans += ((row.valid_from, row.valid_to) for rows in values for row in rows)
    spans += ((clause.valid_from, clause.valid_to) for clause in clauses)
    return frozenset(edge for first, last in spans for edge in _edges(first, last))


def _edges(first: date | None, last: date | None) -> Iterator[date]:
    if first is not None:
        yield first
    if last is not None and last < date.max:
        yield last + ONE_DAY
