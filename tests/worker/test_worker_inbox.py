"""The sweep of the inbox: a file that is not read is logged once."""

import os
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from hemgang.worker.sweeps import files_waiting
from tests.prefect.installed import Site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An installation by the machine's clock."""
    made = Site(tmp_path)
    made.inbox.mkdir()
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HEMGANG_CLOCK")
    with made.opened():
        yield made


def test_a_file_that_is_not_read_is_logged_once_and_again_if_it_comes_back(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def logged() -> int:
        caplog.clear()
        assert not anyio.run(files_waiting, site.worker)
        return caplog.text.count("is not read")

    file = site.inbox / "march.xlsx"
    file.write_bytes(b"PK")
    os.utime(file, (0, 0))
    assert [logged(), logged(), logged()] == [1, 0, 0]
    assert "march" not in caplog.text
    file.unlink()
    assert logged() == 0
    file.write_bytes(b"PK")
    os.utime(file, (0, 0))
    assert logged() == 1
