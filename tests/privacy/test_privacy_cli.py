"""Every command of the command line, with a number wherever it takes a text: it is neither repeated nor stored."""

import io
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from hemgang.cli.main import app, main
from tests.privacy.people import carried, notations, people
from tests.privacy.searching import bytes_under, everybody, found_in

EXAMPLE = Path(__file__).parent.parent / "cases" / "jamtland-exempel-1.ndjson"
KNOWN = everybody(500)
GOOD = {"region": "23", "month": "2023-03", "date": "2023-03-07", "--by": "A. Ek", "--now": "2023-04-01T10:00"}
"""What else a command needs, so that it gets further than the first thing that is missing."""


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    here: Any = group or get_command(app)
    for name, command in here.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


def canary(number: int) -> str:
    one = people()[number % 500]
    texts = [*carried(notations(one)[number % 12])]
    text = texts[number // 12 % len(texts)]
    return text if "/" not in text else text.replace("/", " ")


def calls(path: tuple[str, ...], command: Any, start: int) -> Iterator[list[str]]:
    """Yield calls of a command: a number for each argument and each option in turn, and for an option that is none."""
    taking = [one for one in command.params if not getattr(one, "is_flag", False) and one.name != "help"]
    arguments = [one for one in taking if one.param_type_name == "argument"]
    plain = [GOOD.get(str(one.name), "23") for one in arguments]
    for number, given in enumerate(taking, start=start):
        text = canary(number)
        if given in arguments:
            yield [*path, *(text if one is given else good for one, good in zip(arguments, plain, strict=True))]
            yield [*path, text]
        else:
            for more in ([], ["--by", "A. Ek"]):
                yield [*path, *plain, given.opts[0], text, *(more if more[:1] != [given.opts[0]] else [])]
    yield [*path, *plain, f"--{canary(start)}"]
    yield [*path, *plain, canary(start + 1), canary(start + 2), canary(start + 3)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("stored") / "hemgang.db"
    assert main(["ingest", str(EXAMPLE), "--now", "2023-04-01T10:00", "--database", f"sqlite:///{file}"]) == 0
    return file


@pytest.fixture
def home(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an installation in which the command line works, and start nothing from it."""
    for name in [name for name in os.environ if name.startswith("HEMGANG_")]:
        monkeypatch.delenv(name)
    shutil.copy(stored, tmp_path / "hemgang.db")
    monkeypatch.setenv("HEMGANG_DATABASE", f"sqlite:///{tmp_path / 'hemgang.db'}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execv", lambda *_: (_ for _ in ()).throw(typer.Exit(0)))
    return tmp_path


@pytest.mark.parametrize("path", [*COMMANDS], ids=" ".join)
def test_no_command_repeats_or_stores_a_number(
    path: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = 40 * sorted(COMMANDS).index(path)
    for call in calls(path, COMMANDS[path], start):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{canary(start)}\n".encode())))
        main(call)
        said = capsys.readouterr()
        assert not found_in(f"{said.out}\n{said.err}".encode(), KNOWN), call
    files = {place: content.partition(b"\n")[2] for place, content in bytes_under(home).items()}
    assert not [place for place, content in files.items() if found_in(content, KNOWN)]


def test_the_calls_reach_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) > 25
    number = canary(5)
    assert main(["episodes", "--payer", number]) in (0, 1, 2)
    said = capsys.readouterr()
    assert not found_in(f"{said.out}{said.err}".encode(), KNOWN)
    assert found_in(f"{said.out}{said.err}{number}".encode(), KNOWN)
