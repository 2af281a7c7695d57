"""A database whose n-th statement fails, and empty databases by the hundred to try that in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from hemgang.store.database import Database, open_database, upgrade
from hemgang.store.tables import SettingRow


@contextmanager
def failing_at(database: Database, number: int) -> Iterator[list[int]]:
    """Let statement `number` (from 1) fail as if the connection were gone; yield how many were tried."""
    tried = [0]

    def fail(*_: object) -> None:
        tried[0] += 1
        if tried[0] == number:
            raise OperationalError("a statement", {}, Exception("server closed the connection"))

    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        yield tried
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)


def fresh(url: str) -> Database:
    """Return an empty database whose references are those of any other here."""
    database = open_database(url)
    upgrade(database)
    with database.writing() as session:
        session.add(SettingRow(key="reference_secret", value="cd" * 32))
    return database


def another(calm: Database, empty: Database, folder: Path, number: int) -> Database:
    """Return one more empty database, copied from an empty one."""
    if empty.is_sqlite:
        path = folder / f"shaken-{number}.db"
        shutil.copy(str(empty.engine.url.database), path)
        return open_database(f"sqlite:///{path}")
    name = f"{empty.engine.url.database}_{number}"
    with calm.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {empty.engine.url.database}"))
    return open_database(empty.engine.url.set(database=name).render_as_string(hide_password=False))
