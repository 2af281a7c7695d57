"""A closing and a restatement that break off at any statement leave nothing behind, and are done when given again."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hemgang.services.closing import Closed, close_month, draft_month
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restate, restatements_of
from hemgang.store.closings import Closing
from hemgang.store.database import Database
from tests.faults.scenarios.statements import failing_at
from tests.services.stays import CLOSED_AT, LATER, MARCH, TWO, stay
from tests.services.walking import take

pytestmark = pytest.mark.faults
MOST = 60
"""More statements than any of the two has."""


def versions(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT version FROM closing ORDER BY version")))


def close(database: Database, rules: ReferenceData) -> Closed:
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=CLOSED_AT)
    return close_month(database, drafted, decision=TWO, now=CLOSED_AT, as_of=CLOSED_AT)


def again(database: Database, rules: ReferenceData) -> tuple[Closing, ...]:
    now = LATER + timedelta(days=1)
    found = restatements_of(database, region="23", month=None, rules=rules, now=now)
    return restate(database, found, region="23", by="Anna", attested_by="Bo", reason="", now=now)


def test_a_closing_that_breaks_off_leaves_nothing(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    for number in range(1, MOST):
        with failing_at(database, number) as tried:
            try:
                done = close(database, rules)
            except OperationalError:
                assert versions(database) == []
                continue
        assert tried[0] < number
        break
    assert not done.already
    assert versions(database) == [1]


def test_a_restatement_that_breaks_off_leaves_what_was_closed(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    take(database, *stay("e2"), now=LATER)
    for number in range(1, MOST):
        with failing_at(database, number) as tried:
            try:
                stored = again(database, rules)
            except OperationalError:
                assert versions(database) == [1]
                continue
        assert tried[0] < number
        break
    assert [one.version for one in stored] == [2]
    assert versions(database) == [1, 2]
