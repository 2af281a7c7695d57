"""An installation to look over, apart from the machine's own environment."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store.database import Database, open_database
from tests.conftest import database_with_tables
from tests.services.post import Post, post_office, small_directory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine's own environment would say; a Prefect server is looked for where none is."""
    import os

    for name in [name for name in os.environ if name.startswith(("HEMGANG_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HEMGANG_DATABASE", f"sqlite:///{tmp_path / 'test.db'}")
    monkeypatch.setattr("hemgang.doctor.prefect.LOCAL_API_URL", "http://127.0.0.1:1/api")


@pytest.fixture
def post() -> Iterator[Post]:
    """Yield a mail server on the loopback."""
    with post_office() as office:
        yield office


@pytest.fixture
def directory(tmp_path: Path, post: Post) -> Path:
    """Return a small directory whose people that server serves."""
    path = small_directory(tmp_path, post.port)
    path.chmod(0o640)
    return path


@pytest.fixture
def reached(directory: Path) -> ReferenceData:
    """Return the rules with that directory."""
    return load_reference_data(directory=directory)


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an embedded database with tables."""
    opened = open_database(database_with_tables(request, "sqlite", tmp_path))
    yield opened
    opened.close()
