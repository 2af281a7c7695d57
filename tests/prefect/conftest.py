"""One real Prefect server for all tests here, and installations on the embedded database for its flows to work for."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.prefect_server import apply_prefect_settings, free_port, prefect_server
from hemgang import clock
from hemgang.messages.readers import open_source
from hemgang.services.ingest import ingest
from hemgang.services.installation import open_installation
from hemgang.settings import Settings
from tests.prefect.installed import EXAMPLE, Runs, Site

apply_prefect_settings()


STORED_AT = datetime(2023, 3, 7, 11, tzinfo=UTC)
"""An instant in the middle of Exempel 1: of its discharges some are over, some have open duties."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker run all of these tests, so that there is one server."""
    for item in items:
        if "tests/prefect" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("prefect"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the server; yield the URL of its API."""
    folder = tmp_path_factory.mktemp("server")
    with prefect_server(folder / "prefect", port=free_port(), log=folder / "server.log") as url:
        yield url


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database into which Exempel 1 was taken; every one of its discharges is due."""
    file = tmp_path_factory.mktemp("taken-in") / "hemgang.db"
    here = open_installation(Settings(database=f"sqlite:///{file}"))
    ingest(here.database, open_source(EXAMPLE), source="test", now=STORED_AT)
    here.database.close()
    return file


@pytest.fixture
def site(tmp_path: Path, taken_in: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Yield an installation of its own: a copy of that database, an inbox, a clock that stands still."""
    shutil.copy(taken_in, tmp_path / "hemgang.db")
    made = Site(tmp_path)
    made.inbox.mkdir()
    clock.set_virtual(made.clock, STORED_AT)
    for name in [name for name in os.environ if name.startswith("HEMGANG_")]:
        monkeypatch.delenv(name)
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    with made.opened():
        yield made


@pytest.fixture
def runs(server: str) -> Iterator[Runs]:
    """Let flows that are called here run against the server, and yield what it knows of them."""
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with (
        temporary_settings({PREFECT_API_URL: server, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        SyncPrefectClient(server) as client,
    ):
        yield Runs(client)
