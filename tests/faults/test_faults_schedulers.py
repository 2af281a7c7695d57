"""Many sweepers and senders at the same timers: each rung once, and the check sees what is missing."""

from collections import Counter

import pytest

from hemgang.store.database import open_database
from tests.faults.fault_schedulers import measure, wrong
from tests.faults.kills.databases import sqlite_databases
from tests.services.post import post_office

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]


def test_each_rung_once() -> None:
    measured = measure(200, seed=2)
    assert measured.broken == ()
    assert measured.figures["timers"] == 200
    assert int(measured.figures["refused"]) > 0, "no zombie came back: nothing was put to the test"


def test_what_is_missing_is_found() -> None:
    with sqlite_databases() as databases, post_office() as post:
        database = open_database(databases.fresh())
        assert list(wrong(database, post, 0, Counter())) == []
        found = list(wrong(database, post, 1, Counter()))
        database.close()
    assert found == ["0 rungs for 1 timers", "0 alerts for 1 timers", "0 delivered for 1 timers", "0 received of 1"]
