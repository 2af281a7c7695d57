"""Each way in which a channel fails, once: the fallback takes over in time; the check itself finds a slow fallback."""

from pathlib import Path

import pytest

from hemgang.notifications.retry import Backoff, next_try
from hemgang.store.database import open_database
from tests.faults.channels.modes import MODES
from tests.faults.fault_channels import measure, one_reminder
from tests.faults.kills.databases import sqlite_databases

pytestmark = pytest.mark.faults


def test_every_kind_of_fault_once() -> None:
    measured = measure(len(MODES), seed=0)
    assert measured.broken == ()
    assert measured.figures["kinds"] == len(MODES) >= 12


def test_a_fallback_that_comes_late_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = {"backoff": Backoff(before_fallback=5)}
    monkeypatch.setattr("hemgang.services.deliver.next_try", lambda *args, **more: next_try(*args, **(more | patient)))
    with sqlite_databases() as databases:
        database = open_database(databases.fresh())
        seen = one_reminder(database, tmp_path, "not now (451)")
        database.close()
    assert any("the fallback got it after" in one for one in seen.broken)
    assert "the failing channel was tried more than twice" in seen.broken
