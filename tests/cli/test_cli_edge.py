"""The edge of the command line, in processes of their own: exit codes, one-line errors, speed, pipes, encodings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hemgang.cli.main import app
from tests.cli.running import EXAMPLE_1, ROOT, Run, in_process

ENGINE = ("prefect", "apprise", "fastapi")
DATABASE = ("sqlmodel", "sqlalchemy", "alembic")
SCRIPT = Path(sys.executable).with_name("hemgang")


WATCHED = """
import json, sys
from hemgang.cli.main import main
commands, unwanted = json.loads(sys.argv[1])
for command in commands:
    code, imported = main(command), sorted(set(sys.modules) & set(unwanted))
    if code or imported:
        sys.exit(f"{command}: {code}, {imported}")
"""


@pytest.mark.parametrize(
    ("unwanted", "commands"),
    [
        (
            ENGINE + DATABASE,
            [
                ["calendar", "third-days", "2018"],
                ["calendar", "planning-start", "2018-03-29T18:05", "--agreement", "lus"],
                ["calendar", "deadline", "2026-03-04T09:00", "3"],
                ["simulate", "23", "--from", "2023-03-01", "--to", "2023-03-02"],
                ["agreements", "list"],
            ],
        ),
        (
            ENGINE,
            [
                ["--help"],
                ["duties", "--help"],
                ["close", "--help"],
                ["replay", str(EXAMPLE_1), "--until", "2023-02-26"],
            ],
        ),
        (("prefect",), [["episodes"]]),
    ],
    ids=["rules alone", "no engine", "no Prefect"],
)
@pytest.mark.usefixtures("stored")
def test_what_a_command_does_not_need_is_not_imported(unwanted: tuple[str, ...], commands: list[list[str]]) -> None:
    command = [sys.executable, "-c", WATCHED, json.dumps([commands, unwanted])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


def test_the_installed_script_and_the_module_are_the_same_command() -> None:
    script = subprocess.run([SCRIPT, "--version"], capture_output=True, check=True)
    assert script.stdout.decode() == in_process("--version").out
    assert script.stdout.startswith(b"hemgang ")


def test_done_found_and_wrong_are_told_apart_by_the_exit_code(run: Run, tmp_path: Path) -> None:
    assert run("ingest", str(EXAMPLE_1), "--fail-on-quarantine").code == 0
    assert in_process("ingest", "-", "--fail-on-quarantine", given=b"{\n").code == 1
    wrong = run("ingest", str(tmp_path / "missing.ndjson"))
    assert wrong.complaint == f"{tmp_path / 'missing.ndjson'} cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense' (see hemgang --help)"),
        (["ingest"], "Missing argument 'FILE' (see hemgang ingest --help)"),
        (["duties", "--nonsense"], "No such option: --nonsense (see hemgang duties --help)"),
        (["calendar", "third-days", "18"], "YEAR: 18 lies outside 1991 to 2198"),
        (
            ["episode", "191212121212"],
            "nothing is stored of episode '(withheld: it is shaped like an identity number)'",
        ),
        (["191212121212"], "(withheld: it is shaped like an identity number) (see hemgang --help)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("stored")
def test_wrong_use_is_one_line(arguments: list[str], said: str, run: Run) -> None:
    assert run(*arguments).complaint == said


def test_a_group_called_alone_shows_its_help(run: Run) -> None:
    for arguments in ((), ("calendar",), ("agreements",), ("quarantine",), ("access-log",)):
        shown = run(*arguments)
        assert shown.code == 2
        assert shown.out == ""
        assert "Commands:" in shown.err


def test_a_reader_who_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m hemgang replay {EXAMPLE_1} --until 2023-04-01 --format json 2>errors | head -1"
    done = subprocess.run(
        ["bash", "-c", f"cd $(mktemp -d) && {command}; echo ${{PIPESTATUS[0]}}; cat errors"],
        capture_output=True,
        check=True,
    )
    alert, code, *remarks = done.stdout.decode().splitlines()
    assert alert.startswith('{"at"')
    assert code == "0"
    assert all(remark.startswith("hemgang: 280 messages") for remark in remarks)


def test_closed_streams_are_no_traceback() -> None:
    for closed, code in ((">&-", 0), ("2>&-", 0), (">/dev/full", 2)):
        command = f"{sys.executable} -m hemgang calendar third-days 2018 {closed}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT, check=False)
        assert done.returncode == code, closed
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr


def test_swedish_letters_come_out_whatever_the_locale() -> None:
    shown = in_process("calendar", "third-days", "2018", environment={"LC_ALL": "en_US.ISO-8859-1"})
    assert "långfredagen" in shown.out
    shown = in_process("calendar", "third-days", "2018", "--format", "json", environment={"PYTHONIOENCODING": "ascii"})
    assert "långfredagen" in shown.out


def test_the_database_may_be_named_before_the_command_too(run: Run, tmp_path: Path) -> None:
    before, after = (f"sqlite:///{tmp_path / name}" for name in ("before.db", "after.db"))
    assert run("--database", before, "ingest", str(EXAMPLE_1)).code == 0
    assert (tmp_path / "before.db").exists()
    assert run("--database", before, "ingest", str(EXAMPLE_1), "--database", after).code == 0
    assert (tmp_path / "after.db").exists()
    assert not (tmp_path / "test.db").exists()


def test_an_error_of_our_own_is_one_line_without_what_it_was_about(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("hemgang.cli.calendar.long_holidays_by_third_day", _breaks)
    said = run("calendar", "third-days", "2018").complaint
    assert said.startswith("internal error, RuntimeError at test_cli_edge.py:")
    assert "Anna" not in said
    monkeypatch.setenv("HEMGANG_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="Anna"):
        run("calendar", "third-days", "2018")


def _breaks(year: int) -> None:
    raise RuntimeError("Anna Andersson")


def test_being_stopped_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(year: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hemgang.cli.calendar.long_holidays_by_third_day", stops)
    stopped = run("calendar", "third-days", "2018")
    assert (stopped.code, stopped.out, stopped.err) == (130, "", "")


def test_run_and_demo_take_the_place_of_the_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda path, arguments: replaced.append([path, *arguments]))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert run("run", "--database", "sqlite:///other.db").code == 0
    assert os.environ["HEMGANG_DATABASE"] == "sqlite:///other.db"
    assert run("demo").code == 0
    assert replaced == [
        [sys.executable, sys.executable, "-m", "deployments.run"],
        [sys.executable, sys.executable, "-m", "deployments.demo"],
    ]
    assert run("run", "--nonsense").complaint == "No such option: --nonsense (see hemgang run --help)"


def test_an_engine_that_is_not_installed_is_said_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run("run").complaint == "deployments.run is not installed; install hemgang with its deployments"


def test_the_app_shows_no_locals_of_its_own() -> None:
    assert app.pretty_exceptions_enable is False
