"""Migrations: from nothing to the tables of the code and back, and no difference between the two."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from hemgang.errors import ConfigurationError
from hemgang.store import closings, tables
from hemgang.store.database import Database, configuration, open_database, upgrade
from tests.store.rows import message, store

CLOSED_BY_ONE = (
    "INSERT INTO closing (region, month, payer, version, status, hash, as_of, closed_at, closed_by, decision, body) "
    "VALUES ('23', '2023-03', '', 1, 'closed', 'h', '2023-04-10 12:00:00', '2023-04-10 12:00:00', 'anna', '', '{}')"
)


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    assert tables.MessageRow.metadata is SQLModel.metadata
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_down_and_up_again(database: Database) -> None:
    with database.writer.begin() as connection:
        command.downgrade(configuration(connection), "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    upgrade(database)
    store(database, message("m1"))
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_upgrading_twice_keeps_what_is_stored(database: Database) -> None:
    store(database, message("m1"))
    upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == 1


def test_a_month_that_one_name_closed_before_two_were_asked_for_is_kept(database: Database) -> None:
    with database.writer.begin() as connection:
        command.downgrade(configuration(connection), "0001")
        connection.execute(text(CLOSED_BY_ONE))
    upgrade(database)
    with database.reading() as session:
        (kept,) = closings.of_region(session, "23")
    assert (kept.closed_by, kept.attested_by, kept.charged_in, kept.body) == ("anna", "", "", "{}")


def test_a_newer_database_is_refused_in_one_line(database: Database) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="9999"):
        upgrade(database)


def test_several_processes_may_start_on_an_empty_database(database_url: str) -> None:
    def start(_: int) -> None:
        mine = open_database(database_url)
        upgrade(mine)
        mine.close()

    with ThreadPoolExecutor(4) as starting:
        list(starting.map(start, range(4)))
    opened = open_database(database_url)
    store(opened, message("m1"))
    opened.close()
