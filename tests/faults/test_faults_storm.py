"""The storm after three days of standstill, small; and a storm that floods somebody is found."""

from datetime import timedelta

import pytest

from hemgang.store.database import open_database
from tests.faults import fault_storm
from tests.faults.fault_storm import BACK, Storm, measure, wrong
from tests.faults.kills.databases import sqlite_databases
from tests.services.post import Post

pytestmark = pytest.mark.faults


def test_escalations_first_nobody_flooded_nothing_dropped_in_silence() -> None:
    measured = measure(400, seed=3)
    assert measured.broken == ()
    assert int(measured.figures["overtaken"]) > 100
    assert int(measured.figures["alerts"]) > 200


def test_a_flood_and_a_late_escalation_are_found() -> None:
    storm = Storm({"ward-1": [BACK, BACK + timedelta(minutes=14)]}, escalated=timedelta(minutes=6))
    with sqlite_databases() as databases:
        database = open_database(databases.fresh())
        found = list(wrong(database, storm, Post()))
        database.close()
    assert found == ["the last escalation went out after 0:06:00", "ward-1 got two messages within 0:14:00"]
    assert timedelta(minutes=15) == fault_storm.APART
