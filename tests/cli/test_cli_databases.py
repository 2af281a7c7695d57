"""Databases that are not there, another program's, or of another version: one line each, and nothing is made."""

import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from hemgang.store.database import Database, open_database, upgrade
from tests.cli.running import EXAMPLE_1, Run

READING = (
    ("episodes",),
    ("duties",),
    ("close", "23", "2023-03"),
    ("quarantine", "list"),
    ("access-log", "list"),
    ("sending", "status"),
)
INGEST = ("ingest", str(EXAMPLE_1))


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_command_that_reads_makes_no_database(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "mistyped.db"
    said = run(*command, "--database", f"sqlite:///{file}").complaint
    assert said == f"there is no database {file}: look at its name; `hemgang ingest` makes one"
    assert not file.parent.exists()


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_database_without_tables_is_refused_and_stays_empty(
    command: tuple[str, ...], run: Run, database_url: str
) -> None:
    opened = open_database(database_url)
    with opened.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert run(*command, "--database", database_url).complaint.endswith(
        "has no tables: look at its name; `hemgang ingest` makes them"
    )
    with opened.engine.connect() as connection:
        assert not opened.engine.dialect.get_table_names(connection)
    opened.close()


@pytest.mark.parametrize("command", [READING[0], READING[3], INGEST], ids=" ".join)
def test_another_programs_database_is_left_alone(command: tuple[str, ...], run: Run, database_url: str) -> None:
    opened = open_database(database_url)
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoice (number integer)")
    said = run(*command, "--database", database_url).complaint
    assert said.endswith("is another program's: it holds tables that are not hemgang's")
    with opened.engine.connect() as connection:
        assert opened.engine.dialect.get_table_names(connection) == ["invoice"]
    opened.close()


@pytest.mark.parametrize("command", [READING[0], READING[3], INGEST], ids=" ".join)
def test_a_newer_database_asks_for_a_newer_hemgang(command: tuple[str, ...], run: Run, database_url: str) -> None:
    opened = open_database(database_url)
    upgrade(opened)
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    said = run(*command, "--database", database_url).complaint
    assert said == "the database is at version 9999, which this hemgang does not know: upgrade hemgang"


@pytest.mark.parametrize("command", [READING[0], READING[3], INGEST], ids=" ".join)
def test_a_file_that_may_not_be_written_to_is_said_before_it_is_opened(
    command: tuple[str, ...], run: Run, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = os.access  # as root everything may be written to
    monkeypatch.setattr(os, "access", lambda path, mode: path != stored and may(path, mode))
    said = run(*command).complaint
    assert said.startswith(f"database {stored}: {stored} may not be written to")


@pytest.mark.postgresql
@pytest.mark.parametrize("command", [READING[0], INGEST], ids=" ".join)
def test_a_read_only_database_without_tables_or_of_an_older_version_is_one_line(
    command: tuple[str, ...], run: Run, two_databases: tuple[Database, Database], postgresql_folder: Path
) -> None:
    url = two_databases[1].url
    name = str(make_url(url).database)
    with psycopg.connect(host=str(postgresql_folder), user="postgres", dbname=name, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    said = run(*command, "--database", url).complaint
    assert "is at version 0001" in said
    assert said.endswith("and may only be read: let hemgang write to it")
