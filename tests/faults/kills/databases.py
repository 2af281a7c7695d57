"""Fresh databases by the hundred, each copied from one that has its tables."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from hemgang.store.database import open_database, upgrade


@dataclass(frozen=True, slots=True)
class Databases:
    """Where fresh databases come from: `fresh` makes one and returns its URL."""

    kind: str
    fresh: Callable[[], str]


def _with_tables(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    database.close()


@contextmanager
def sqlite_databases() -> Iterator[Databases]:
    """Yield fresh SQLite files in a folder of their own."""
    folder = Path(mkdtemp(prefix="hemgang-kills-sqlite-"))
    numbers = count(1)
    _with_tables(f"sqlite:///{folder / 'empty.db'}")

    def fresh() -> str:
        target = folder / f"{next(numbers)}.db"
        shutil.copy(folder / "empty.db", target)
        return f"sqlite:///{target}"

    try:
        yield Databases("sqlite", fresh)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_databases(host: str) -> Iterator[Databases]:
    """Yield fresh databases of a PostgreSQL server, named by the folder of its socket."""
    numbers = count(1)
    url = f"postgresql+psycopg://postgres@/{{}}?host={host}"
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(b"CREATE DATABASE kills_empty")
        _with_tables(url.format("kills_empty"))

        def fresh() -> str:
            name = f"kills_{next(numbers)}"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE kills_empty".encode())
            return url.format(name)

        yield Databases("postgresql", fresh)
