"""Eight close one month at once: one closing; where nothing keeps them apart, the check finds it."""

import pytest
from sqlalchemy import text

from hemgang.liability.model import Month
from hemgang.services.installation import ReferenceData
from hemgang.store.database import open_database
from tests.faults.fault_closers import CLOSERS, close_at_once, measure, wrong
from tests.faults.kills.databases import sqlite_databases

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]


def test_a_month_is_closed_once() -> None:
    measured = measure(6, seed=1)
    assert measured.broken == ()
    assert measured.figures == {"rounds": 6, "closed": 6, "already": 6 * (CLOSERS - 1)}


def test_a_second_closing_is_found(rules: ReferenceData) -> None:
    with sqlite_databases() as databases:
        opened = [open_database(databases.fresh()) for _ in range(1)] * 2
        done = close_at_once(opened, "23", Month(2023, 3), rules)
        assert wrong(opened[0], done, "23", Month(2023, 3)) == []
        with opened[0].writing() as session:
            session.execute(text("DROP TRIGGER closing_no_DELETE"))
            session.execute(text("DELETE FROM closing"))
        assert wrong(opened[0], done, "23", Month(2023, 3)) == ["0 closings"]
        again = [*done, *close_at_once(opened[:1], "23", Month(2023, 3), rules)]
        assert "2 who think that they closed it" in wrong(opened[0], again, "23", Month(2023, 3))
        opened[0].close()
