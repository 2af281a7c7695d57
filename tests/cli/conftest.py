"""Databases for the tests of the command line, and a runner that never touches the user's own."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hemgang.cli.main import main
from hemgang.cli.output import speak_locale
from hemgang.services.advance import advance, claim_due
from hemgang.services.installation import open_installation
from hemgang.settings import Settings
from tests.cli.running import EXAMPLE_1, ODD_STAYS, write

STORED_AT = datetime(2024, 2, 1, 7, tzinfo=UTC)
STEPPED_AT = datetime(2023, 3, 7, 11, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine's own environment would say."""
    for name in ("DATABASE", "DIRECTORY", "INBOX", "CLOCK", "USER", "UNIT", "SCOPE", "TRACEBACK", "LANGUAGE"):
        monkeypatch.delenv(f"HEMGANG_{name}", raising=False)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    speak_locale()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HEMGANG_DATABASE", f"sqlite:///{tmp_path / 'test.db'}")


@pytest.fixture(scope="session")
def _stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with Exempel 1 and the odd stays, stepped once while Exempel 1 was under way."""
    folder = tmp_path_factory.mktemp("stored")
    odd = write(folder / "odd.ndjson", *ODD_STAYS)
    url = f"sqlite:///{folder / 'stored.db'}"
    assert main(["ingest", str(EXAMPLE_1), str(odd), "--now", STORED_AT.isoformat(), "--database", url]) == 0
    installation = open_installation(Settings(database=url))
    claims = claim_due(installation.database, now=STORED_AT, owner="test", limit=1_000)
    assert claims
    assert not advance(installation.database, claims, installation.rules, now=STEPPED_AT).set_aside
    installation.database.close()
    return folder / "stored.db"


@pytest.fixture
def stored(_stored: Path, tmp_path: Path) -> Path:
    """Return a copy of that database, which `HEMGANG_DATABASE` names."""
    return Path(shutil.copy(_stored, tmp_path / "test.db"))
