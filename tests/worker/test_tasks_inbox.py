"""The look at the inbox: what is not read is said in the log, once a file."""

import os
from pathlib import Path

import pytest

from tasks import inbox as inboxes


def test_a_file_that_is_not_read_is_said_once_and_again_if_it_comes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def said() -> int:
        caplog.clear()
        inboxes._tell_of_not_read(tmp_path)
        return caplog.text.count("is not read")

    file = tmp_path / "march.xlsx"
    file.write_bytes(b"PK")
    os.utime(file, (0, 0))
    assert [said(), said(), said()] == [1, 0, 0]
    assert "march" not in caplog.text
    file.unlink()
    assert said() == 0
    file.write_bytes(b"PK")
    os.utime(file, (0, 0))
    assert said() == 1
