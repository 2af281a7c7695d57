"""A run that breaks off at any statement leaves whole episodes, closings and a whole log, and a repeat finishes it."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from hemgang.retention.policy import DataKind
from hemgang.services import retention_apply
from hemgang.services.installation import ReferenceData
from hemgang.store import access_log
from hemgang.store.database import Database, open_database
from tests.conftest import KINDS, empty_database
from tests.faults.scenarios.statements import another, failing_at, fresh
from tests.retention import world
from tests.retention.world import LONG_AGO, applied, kept_for, rule
from tests.services.walking import take
from tests.store.access_rows import break_of

pytestmark = pytest.mark.faults
EVERYTHING = kept_for(
    *(rule(kind, years=7 if kind is DataKind.CLOSINGS else 5, line=n) for n, kind in enumerate(DataKind, 1))
)


def fill(database: Database, rules: ReferenceData) -> None:
    """Make an installation in which something of each kind is old, some of it gone already."""
    world.filled(database, rules, "e1", "e2", "e3")
    take(database, "{", "}", now=world.CLOSED_AT)
    for number in range(4):
        with database.writing() as session:
            access_log.record(
                session, access_log.Reader("a", "u", "w"), action="show", episode=f"e{number}", at=LONG_AGO
            )


def state(database: Database) -> list[object]:
    """Return what is left: rows, what is remembered, and the sum of what the records say."""
    with_time_apart = "SELECT kind, sum(count) FROM retention_run GROUP BY kind ORDER BY kind"
    remembered = "SELECT reference, region, payer FROM retained_out ORDER BY reference"
    return [
        world.counts(database, *world.DETAILS, "quarantine", "access", "forecast", "closing", "sealed_month"),
        world.rows(database, remembered),
        [(kind, int(count)) for kind, count in world.rows(database, with_time_apart)],
        world.rows(database, "SELECT hash, body FROM closing"),
    ]


def check_whole(database: Database) -> None:
    """No episode is half gone, none is both stored and gone, and the log's chain is whole."""
    stored = {episode for (episode,) in world.rows(database, "SELECT episode FROM discharge")}
    for table in ("message", "duty", "duty_revision", "rung", "alert"):
        left = world.rows(database, f"SELECT DISTINCT episode FROM {table}")  # noqa: S608  names of this file
        assert {episode for (episode,) in left} == stored, table
    references = {reference for (reference,) in world.rows(database, "SELECT reference FROM discharge")}
    gone = {reference for (reference,) in world.rows(database, "SELECT reference FROM retained_out")}
    assert references.isdisjoint(gone)
    assert len(references | gone) == 3
    assert bool(gone) == bool(world.rows(database, "SELECT * FROM sealed_month"))
    assert world.rows(database, "SELECT * FROM retention_pass") == []
    assert break_of(database) is None


def finish(database: Database, rules: ReferenceData) -> None:
    """Run until nothing is left to go."""
    while applied(database, rules, EVERYTHING).plan.count:
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_breaks_off_anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, rules: ReferenceData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_apply, "EPISODES_AT_ONCE", 2)
    monkeypatch.setattr(retention_apply, "ROWS_AT_ONCE", 2)
    full = fresh(empty_database(request, kind, tmp_path))
    fill(full, rules)
    full.close()
    calm = copy_of(full, tmp_path, 0)
    finish(calm, rules)
    wanted = state(calm)
    calm.close()
    number, more = 0, True
    while more:
        number += 3 if full.is_sqlite else 11
        shaken = copy_of(full, tmp_path, number)
        with failing_at(shaken, number) as tried:
            try:
                finish(shaken, rules)
            except OperationalError:
                check_whole(shaken)
        more = tried[0] >= number
        finish(shaken, rules)
        check_whole(shaken)
        assert state(shaken) == wanted, f"statement {number}"
        shaken.close()
    assert number > 100


def copy_of(full: Database, folder: Path, number: int) -> Database:
    """Return one more installation like a full one."""
    if full.is_sqlite:
        path = folder / f"copy-{number}.db"
        shutil.copy(str(full.engine.url.database), path)
        return open_database(f"sqlite:///{path}")
    elsewhere = open_database(full.engine.url.set(database="postgres").render_as_string(hide_password=False))
    try:
        return another(elsewhere, full, folder, number)
    finally:
        elsewhere.close()
