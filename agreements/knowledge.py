"""What was known of an agreement on a day: what was approved later is left out, and an end not yet approved is none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from agreements.citation import Cited
from agreements.clause import Clause

Values = Mapping[str, tuple[Cited[object], ...]]
Dated = TypeVar("Dated", Cited[object], Clause)


def values_known(values: Values, day: date) -> Values:
    """Return the rows of the values known on a day; a value of which no row was known is left out."""
    known = {name: tuple(_known(rows, day)) for name, rows in values.items()}
    return {name: rows for name, rows in known.items() if rows}


def clauses_known(clauses: tuple[Clause, ...], day: date) -> tuple[Clause, ...]:
    """Return the clauses known on a day."""
    return tuple(_known(clauses, day))


def _known(rows: tuple[Dated, ...], day: date) -> Iterator[Dated]:
    for row in rows:
        if row.approved is not None and row.approved > day:
            continue
        if row.end_approved is not None and row.end_approved > day:
            yield replace(row, valid_to=None, end_approved=None)
        else:
            yield row
