"""One real Prefect server for all tests here, and installations on the embedded database for its flows to work for."""

from deployments.settings import keep_private

keep_private()

import os  # noqa: E402
import shutil  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402

from deployments.server import free_port, prefect_server  # noqa: E402
from hemgang import clock  # noqa: E402
from hemgang.engine.ingest import ingest  # noqa: E402
from hemgang.engine.installation import open_installation  # noqa: E402
from hemgang.messages.source import open_source  # noqa: E402
from hemgang.settings import Settings  # noqa: E402
from tests.prefect.installed import EXAMPLE, Runs, Site  # noqa: E402

PORT = 4580
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
    with prefect_server(folder / "prefect", port=free_port(PORT), log=folder / "server.log") as url:
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
