"""Checks the list of payers: dates of one payer do not overlap, and each successor is there on the day after."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from agreements.coverage import Problem
from agreements.payers import Payer, Payers

ONE_DAY = timedelta(days=1)


def payer_problems(payers: Payers) -> tuple[Problem, ...]:
    """List payers whose municipality or successor is unknown, or whose dates overlap; empty = all well."""
    codes = dict.fromkeys(one.code for one in payers.listed)
    overlaps = (problem for code in codes for problem in _overlaps(payers.rows(code), payers.file))
    return (*overlaps, *(problem for one in payers.listed for problem in _of_one(one, payers)))


def _overlaps(rows: tuple[Payer, ...], file: str) -> Iterator[Problem]:
    for before, after in pairwise(rows):
        if before.exists(after.valid_from):
            message = f"overlap: two rows hold on {after.valid_from}"
            yield Problem("overlap", file, after.code, message, after.citation.line)


def _of_one(one: Payer, payers: Payers) -> Iterator[Problem]:
    municipality = one.code.partition("/")[0]
    if municipality not in payers.municipalities:
        message = f"there is no municipality {municipality}"
        yield Problem("unknown_payer", payers.file, one.code, message, one.citation.line)
    if one.successor is None or one.valid_to is None:
        return
    rows = payers.rows(one.successor)
    if not rows:
        message = f"its successor {one.successor} is not on the list"
        yield Problem("unknown_payer", payers.file, one.code, message, one.citation.line)
    elif not any(row.exists(one.valid_to + ONE_DAY) for row in rows):
        message = f"gap: its successor {one.successor} does not exist on {one.valid_to + ONE_DAY}"
        yield Problem("gap", payers.file, one.code, message, one.citation.line)
