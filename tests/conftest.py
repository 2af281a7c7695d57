"""Databases for every test that stores: an embedded SQLite file, and a real PostgreSQL server, one a session."""

import io
import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from shutil import copyfile

import psycopg
import pytest
from hypothesis import settings

from hemgang.cli.main import main
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store.database import Database, open_database, upgrade
from tests import effort
from tests.cli.running import Ran, Run
from tests.postgresql import postgresql_socket

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
_NUMBERS = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Let properties try the suite's few examples where no `--hypothesis-profile` asks for others."""
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile(effort.SUITE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what one worker must run as a whole: begun late, it would keep the others waiting at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


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
    """Start PostgreSQL on a socket in a folder of its own; yield the socket's, stop and remove all at the end.

    It does not wait for the disk: nothing here cuts the machine's power.
    """
    try:
        with postgresql_socket("postgresql") as folder:
            with _administrator(folder) as connection:
                for name in ("fsync", "full_page_writes", "autovacuum"):
                    connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
                connection.execute("SELECT pg_reload_conf()")
            yield folder
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> "Templates":
    """Return the databases with tables and nothing in them that others are copied from."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, once for each kind."""
    return empty_database(request, str(request.param), tmp_path)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database with tables and nothing in them, once for each kind."""
    opened = open_database(database_with_tables(request, str(request.param), tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def two_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Yield an empty SQLite and an empty PostgreSQL database with tables, for what must be the same on both."""
    both = [open_database(database_with_tables(request, kind, tmp_path)) for kind in ("sqlite", "postgresql")]
    yield both[0], both[1]
    for one in both:
        one.close()


@pytest.fixture(scope="session")
def rules() -> ReferenceData:
    """Return the shipped rules, without a directory."""
    return load_reference_data()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line in this process."""

    def running(*arguments: str, given: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        capsys.readouterr()
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return running


class Templates:
    """Databases with tables and nothing in them: migrated once for each kind, then copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._migrated: set[str] = set()

    def file(self) -> Path:
        """Return the embedded one's file."""
        file = self._folder / "tables.db"
        self._migrate(f"sqlite:///{file}")
        return file

    def name(self, host: Path) -> str:
        """Return the name of the one on the server whose socket lies in `host`."""
        name = "hemgang_tables"
        url = _postgresql_url(host, name)
        if url not in self._migrated:
            _create(host, name)
        self._migrate(url)
        return name

    def _migrate(self, url: str) -> None:
        if url not in self._migrated:
            opened = open_database(url)
            upgrade(opened)
            opened.close()
            self._migrated.add(url)


def database_with_tables(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    """Make a database of a kind with tables and nothing in them, and return its URL."""
    templates: Templates = request.getfixturevalue("templates")
    if kind == "sqlite":
        file = folder / f"hemgang-{next(_NUMBERS)}.db"
        copyfile(templates.file(), file)
        file.chmod(0o600)
        return f"sqlite:///{file}"
    host: Path = request.getfixturevalue("postgresql_folder")
    name = f"hemgang_{next(_NUMBERS)}"
    _create(host, name, template=templates.name(host))
    return _postgresql_url(host, name)


def empty_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    """Make an empty database of a kind, without tables, and return its URL."""
    if kind == "sqlite":
        return f"sqlite:///{folder / f'hemgang-{next(_NUMBERS)}.db'}"
    host: Path = request.getfixturevalue("postgresql_folder")
    name = f"hemgang_{next(_NUMBERS)}"
    _create(host, name)
    return _postgresql_url(host, name)


def _create(host: Path, name: str, *, template: str = "template1") -> None:
    with _administrator(host) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())


def _administrator(host: Path) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(host), user="postgres", dbname="postgres", autocommit=True)


def _postgresql_url(host: Path, name: str) -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={host}"
