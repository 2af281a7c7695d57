"""Prefect's server is down, or answers nothing: deadlines do not wait for it, the engine looks itself."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployments.prefect_server import HOST
from tests.prefect.installed import Site, engine_process
from tests.services.post import Post, post_office, silent_server, small_directory

pytestmark = [pytest.mark.prefect, pytest.mark.faults, pytest.mark.xdist_group("prefect")]

UNSTEPPED = "SELECT count(*) FROM discharge WHERE stepped_at IS NULL"
PACE = {"HEMGANG_STAND_IN_SECONDS": "0.5", "HEMGANG_TICK_SECONDS": "0.2"}
ADMITTED = (
    '{"id": "late-1", "episode": "late", "type": "admitted", "at": "2023-03-06T07:00:00+00:00", "region": "23",'
    ' "municipality": "2380", "care": "somatic", "clinic": "ward-1"}\n'
)


@pytest.fixture
def closed() -> int:
    return 1


@pytest.fixture
def silent() -> Iterator[int]:
    with silent_server() as port:
        yield port


@contextmanager
def engine(site: Site, port: int, directory: Path, log: Path) -> Iterator[None]:
    named = {"PREFECT_API_URL": f"http://{HOST}:{port}/api", "HEMGANG_DIRECTORY": str(directory)}
    with engine_process(site.environment() | PACE | named, log):
        yield


def done(site: Site, post: Post) -> bool:
    return not list(site.inbox.glob("*.ndjson")) and site.ask(UNSTEPPED) == [0] and bool(post.alerts)


@pytest.mark.parametrize("server", ["closed", "silent"])
def test_what_is_due_is_stepped_and_sent_without_prefect(
    site: Site, tmp_path: Path, request: pytest.FixtureRequest, server: str
) -> None:
    (site.inbox / "late.ndjson").write_text(ADMITTED, encoding="utf-8")
    log = tmp_path / "engine.log"
    ends = time.monotonic() + 60
    with post_office() as post:
        directory = small_directory(tmp_path, post.port)
        with engine(site, request.getfixturevalue(server), directory, log):
            while not done(site, post):
                assert time.monotonic() < ends, log.read_text(encoding="utf-8")
                time.sleep(0.1)
        assert max(post.alerts.values()) == 1
    assert '"standing_in"' in log.read_text(encoding="utf-8")
