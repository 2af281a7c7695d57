"""No damaged file gets through by accident: each line is taken away, each value made another type."""

import shutil
from functools import cache
from pathlib import Path

import pytest

import agreements
from agreements import AgreementFileError, load_agreements, load_payers, load_rates
from agreements.tomlfile import TomlFile, read_toml

SHIPPED = Path(agreements.__file__).parent
FILES = ("lus.toml", "jamtland-harjedalen.toml", "stockholm.toml", "vastmanland.toml", "rates.toml", "payers.toml")

MAY_GO = ("#", "valid_to", "reading", "source", "care =", "successor", '    "')
"""Beginnings of lines that a file may do without.

Remarks, an open end, a reading, the file's own source, a narrowing to one care kind, a successor, one line of a list.
"""

OTHER_VALUES = ("{ a = 1 }", "[[1], {}]", "inf", "-1", '""')


@pytest.fixture(autouse=True)
def _whole_statute_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a file that is as shipped once: beside a damaged one it is only there to be fitted to."""
    shipped = {name: (SHIPPED / name).read_bytes() for name in ("lus.toml",)}

    def reading(path: Path) -> TomlFile:
        return _as_shipped(path.name) if shipped.get(path.name) == path.read_bytes() else read_toml(path)

    monkeypatch.setattr("agreements.loader.read_toml", reading)


@cache
def _as_shipped(name: str) -> TomlFile:
    return read_toml(SHIPPED / name)


def _lines(name: str) -> list[str]:
    return (SHIPPED / name).read_text(encoding="utf-8").splitlines()


def _needed() -> list[tuple[str, int]]:
    return [
        (name, number)
        for name in FILES
        for number, line in enumerate(_lines(name))
        if line and not line.startswith(MAY_GO)
    ]


def _refused(folder: Path, name: str) -> bool:
    """Whether loading the folder fails with the file's name in the message; any other error is raised."""
    try:
        load_agreements(folder)
        load_rates(folder)
        load_payers(folder)
    except AgreementFileError as problem:
        return name in str(problem)
    return False


def _write(folder: Path, name: str, lines: list[str]) -> None:
    for each in ("lus.toml", "rates.toml"):
        shutil.copy(SHIPPED / each, folder)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_a_line_that_is_missing_is_missed(tmp_path: Path, name: str) -> None:
    needed = [number for each, number in _needed() if each == name]
    assert len(needed) > 15
    for number in needed:
        lines = _lines(name)
        gone = lines.pop(number)
        _write(tmp_path, name, lines)
        assert _refused(tmp_path, name), f"{name} is accepted without its line {number + 1}: {gone}"


@pytest.mark.parametrize("other", OTHER_VALUES)
@pytest.mark.parametrize("name", FILES)
def test_a_value_of_another_type_is_refused(tmp_path: Path, name: str, other: str) -> None:
    for number, line in enumerate(_lines(name)):
        key, sign, _ = line.partition(" = ")
        if sign and not line.startswith("#"):
            lines = _lines(name)
            lines[number] = f"{key} = {other}"
            _write(tmp_path, name, lines)
            assert _refused(tmp_path, name), f"{name} is accepted with {lines[number]}"
