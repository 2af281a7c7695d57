"""From the released tables to these: nothing is lost, an older worker may go on beside, and half an upgrade is none."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from multiprocessing import get_context
from signal import SIGKILL
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hemgang.cli.main import main
from hemgang.liability.model import Month
from hemgang.liability.serialize import row_json
from hemgang.services.closing import draft_month
from hemgang.services.installation import ReferenceData
from hemgang.store import access_log, closings
from hemgang.store.backup.format import columns_at, line_of, revision_of, tables_of
from hemgang.store.backup.restore import closings_proved, load, opened
from hemgang.store.database import Database, open_database, upgrade
from tests.services.walking import advance_all
from tests.store import killed_child
from tests.store.backups import GOLDEN, HISTORY, rows
from tests.store.history.populating import RESTATED_AT

RELEASED = "0004"
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.store.killed_child"])


@pytest.fixture
def released(database_url: str) -> Iterator[Database]:
    """Yield a populated database as 0.1.0 left it."""
    with closing(open_database(database_url)) as database:
        with opened(GOLDEN) as backup, database.writer.begin() as connection:
            load(connection, backup)
        assert version(database) == RELEASED
        yield database


def version(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return revision_of(connection)


def rows_as_released(database: Database) -> dict[str, list[str]]:
    """Return every row in the columns that it had in 0.1.0."""
    found = {}
    with database.engine.connect() as connection:
        for table in tables_of(connection, str(revision_of(connection))):
            columns = columns_at(RELEASED).get(table.name)
            if columns is not None:
                query = table.select().with_only_columns(*(table.columns[name] for name in columns))
                found[table.name] = sorted(line_of(row).decode() for row in connection.execute(query))
    return found


def test_every_row_is_there_after_the_upgrade(released: Database) -> None:
    before = rows(released)
    upgrade(released)
    assert rows_as_released(released) == before
    with released.reading() as session:
        assert closings_proved(session).broken == ()
        assert access_log.first_break(session) is None


def test_closed_months_come_out_row_by_row_as_they_were_closed(released: Database, rules: ReferenceData) -> None:
    upgrade(released)
    with released.reading() as session:
        kept = [one for one in closings.of_region(session) if one.version == 1 and len(one.body) > 2]
    assert len(kept) == 3
    for one in kept:
        drafted = draft_month(
            released,
            region=one.region,
            month=Month.parse(one.month),
            rules=rules,
            now=RESTATED_AT + timedelta(days=400),
            as_of=one.as_of,
            payer=one.payer or None,
        )
        ledger = json.loads(one.body)["ledger"]
        assert [row_json(row) for row in drafted.ledger] == ledger, one.month


def test_work_goes_on_where_it_stood(
    released: Database, rules: ReferenceData, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade(released)
    swept = advance_all(released, rules, RESTATED_AT + timedelta(days=1))
    assert len(swept.advanced) > 10
    assert swept.set_aside == ()
    for command in (("explain", "e1", "--language", "en"), ("closings", "list"), ("episode", "e1"), ("duties",)):
        assert main([*command, "--database", released.url]) == 0
        assert capsys.readouterr().out


def statements(kind: str) -> tuple[list[str], list[Any]]:
    """Return what a worker of 0.1.0 said to a database: the texts, and which of them with what; None is a commit."""
    told = (HISTORY / f"{RELEASED}-worker-{kind}.ndjson").read_text(encoding="utf-8").splitlines()
    return json.loads(told[0]), [json.loads(line) for line in told[1:]]


def parameters(value: Any) -> Any:
    match value:
        case {"instant": told}:
            return datetime.fromisoformat(told)
        case {"row": told}:
            return {name: parameters(one) for name, one in told.items()}
        case list():
            found = [parameters(one) for one in value]
            return found if found and isinstance(found[0], dict | list | tuple) else tuple(found)
    return value


def replay(database: Database) -> int:
    """Say to a database what a worker of 0.1.0 said, and hold it against how many rows were concerned then."""
    texts, told = statements("sqlite" if database.is_sqlite else "postgresql")
    said = 0
    with database.writer.connect() as connection:
        for one in told:
            if one is None:
                connection.commit()
                continue
            index, with_what, concerned = one
            done = connection.exec_driver_sql(texts[index], parameters(with_what))
            assert concerned in (-1, done.rowcount), texts[index]
            said += 1
    return said


def test_a_worker_of_the_released_version_goes_on_beside(database: Database, rules: ReferenceData) -> None:
    """Every statement it issues is taken by these tables, and this code takes up what it leaves."""
    assert replay(database) > 200
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM closing")) == 5
        assert closings_proved(session).broken == ()
    assert advance_all(database, rules, RESTATED_AT + timedelta(days=1)).set_aside == ()


@pytest.mark.parametrize(
    "planted",
    [
        "ALTER TABLE rung RENAME COLUMN reason TO why",
        "ALTER TABLE attempt DROP COLUMN number",
        "ALTER TABLE acknowledgement RENAME TO seen",
        "DELETE FROM setting",
    ],
)
def test_a_change_that_an_older_worker_cannot_bear_is_found(database: Database, planted: str) -> None:
    with database.writer.begin() as connection:
        connection.execute(text(planted))
    if planted.startswith("DELETE"):
        assert replay(database) > 200  # an empty table changes nothing
        return
    with pytest.raises(DBAPIError):
        replay(database)


@pytest.mark.faults
@pytest.mark.parametrize("number", [1, 7, 13])
def test_an_upgrade_that_is_killed_is_none(released: Database, number: int) -> None:
    before = rows(released)
    released.close()
    child = FORKS.Process(target=killed_child.upgrade_killed_at, args=(released.url, number))
    child.start()
    child.join(60)
    assert child.exitcode == -SIGKILL
    assert version(released) == RELEASED
    assert rows(released) == before
    upgrade(released)
    assert rows_as_released(released) == before


@pytest.mark.faults
def test_two_that_upgrade_at_once_both_succeed(released: Database) -> None:
    before = rows(released)
    released.close()
    ready = FORKS.Barrier(2)
    children = [FORKS.Process(target=killed_child.upgrade_at_once, args=(released.url, ready)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    assert version(released) != RELEASED
    assert rows_as_released(released) == before
