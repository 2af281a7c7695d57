"""The pages under test: every command stands there with its options, its JSON looks as documented, examples run."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hemgang.cli.main import app
from hemgang.duties.model import Status
from hemgang.episode.model import State
from tests.cli.documented import SECTIONS, differences, documented
from tests.cli.running import EXAMPLE_1, ROOT, Run, message, write


def commands(command: Any = None, name: str = "hemgang") -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, by its whole name."""
    command = command if command is not None else get_command(app)
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, one in inner.items():
        yield from commands(one, f"{name} {word}")


COMMANDS = dict(commands())


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_names_the_options_there_are(name: str) -> None:
    usage = SECTIONS[name].split("`")[1]
    given = {option for one in COMMANDS[name].params for option in one.opts if option.startswith("--")}
    assert usage.startswith(name)
    assert set(re.findall(r"--[a-z-]+", usage)) - {"--language"} == given - {"--help", "--language"}
    assert "--language" in given


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, run: Run) -> None:
    shown = run(*name.split()[1:], "--help")
    assert shown.code == 0
    assert shown.err == ""
    examples = shown.out.partition("Examples:")[2].split("\n")[1:]
    assert any(name in line for line in examples), shown.out
    assert all(len(line) <= 120 for line in shown.lines)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.split()[1] not in {"run", "demo", "simulate"}])
def test_every_result_comes_as_table_and_as_json(name: str) -> None:
    (option,) = [one for one in COMMANDS[name].params if "--format" in one.opts]
    assert option.default == "table"


@pytest.mark.parametrize(("name", "words"), [("hemgang duties", Status), ("hemgang episodes", State)])
def test_the_help_lists_the_words_that_may_be_written(name: str, words: Any, run: Run) -> None:
    shown = " ".join(run(*name.split()[1:], "--help").out.split())
    assert all(word in shown for word in words)


def test_the_comparison_itself_finds_what_differs() -> None:
    assert differences({"a": 1}, {"b": 1}, "x") == ["x: ['a', 'b']"]
    assert differences([{"a": 1}], [], "x") == ["x: nothing found to compare"]
    assert differences([{"a": "1"}], [{"a": 1}], "x") == ["x[].a: int instead of str"]
    assert differences({"a": None}, {"a": "1"}, "x") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("episodes",),
        ("duties",),
        ("duties", "--at", "2023-03-05T12:00", "--status", "open"),
        ("explain", "jh1-02"),
        ("calendar", "third-days", "2018"),
        ("calendar", "planning-start", "2018-03-29T18:05"),
        ("calendar", "deadline", "2026-03-04T09:00", "3"),
        ("agreements", "list"),
        ("agreements", "show", "stockholm"),
        ("agreements", "diff", "lus", "jamtland-harjedalen"),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("stored")
def test_json_is_as_documented(arguments: tuple[str, ...], run: Run) -> None:
    name = max((name for name in COMMANDS if f"hemgang {' '.join(arguments)} ".startswith(f"{name} ")), key=len)
    now = ("--now", "2024-02-01T08:00") if "--now" in SECTIONS[name].split("`")[1] else ()
    shown = run(*arguments, *now, "--format", "json")
    assert shown.code == 0, shown
    assert differences(documented(name), shown.json, name) == []


@pytest.fixture
def reviewed(stored: Path, run: Run) -> Run:
    """Return a runner over a March in review with a dispute, that owes for a February closed and restated."""
    assert stored.exists()
    two, at = ("--commit", "--by", "Anna", "--attest", "Bo"), ("--now", "2023-04-10T08:00")
    assert run("close", "23", "2023-02", *two, *at).code == 0
    late = (
        message("l-1", "l", "admitted", "2023-02-01T10:00", region="23", municipality="2380", care="somatic"),
        message("l-2", "l", "admission_notice", "2023-02-01T12:00"),
        message("l-3", "l", "ready_notice", "2023-02-06T09:00"),
        message("l-4", "l", "sip_need", "2023-02-06T10:00", needed="no"),
        message("l-5", "l", "discharged", "2023-02-20T11:00", received_at="2023-04-11T08:00"),
    )
    run("ingest", str(write(stored.parent / "late.ndjson", *late)))
    assert run("restate", "23", "2023-02", *two, "--now", "2023-04-12T08:00").code == 0
    assert run("review", "open", "23", "2023-03", "--by", "Anna", *at).code == 0
    disputed = ("--payer", "2380", "--episode", "jh1-02", "--side", "municipality", "--reason", "home care was offered")
    assert run("review", "dispute", "23", "2023-03", *disputed, "--by", "Bo", *at).code == 0
    assert run("review", "agree", "23", "2023-03", "--payer", "2380", "--side", "region", "--by", "Anna", *at).code == 0
    return run


@pytest.mark.parametrize(
    "arguments",
    [("close", "23", "2023-03"), ("review", "show", "23", "2023-03"), ("closings", "list")],
    ids=" ".join,
)
def test_json_of_a_month_and_its_record_is_as_documented(arguments: tuple[str, ...], reviewed: Run) -> None:
    name = max((name for name in COMMANDS if f"hemgang {' '.join(arguments)} ".startswith(f"{name} ")), key=len)
    now = ("--now", "2023-04-13T08:00") if "--now" in SECTIONS[name].split("`")[1] else ()
    shown = reviewed(*arguments, *now, "--format", "json")
    assert shown.code == 0, shown
    assert differences(documented(name), shown.json, name) == []


def test_json_of_closed_and_restated_months_is_as_documented(reviewed: Run) -> None:
    page, draft = documented("hemgang closings show"), documented("hemgang close")
    closed = reviewed("closings", "show", "23", "2023-02", "--format", "json").json
    assert closed["body"].keys() == draft.keys() | page["body"].keys()
    kept = reviewed("closings", "show", "23", "2023-02", "--version", "2", "--format", "json").json
    assert kept.keys() == page.keys()
    body = kept["body"]
    assert body.pop("stored_until")
    assert body.pop("review_acts") is not None
    assert differences(documented("hemgang restate"), [body], "hemgang restate") == []


@pytest.mark.usefixtures("stored")
def test_json_of_an_episode_is_as_documented(run: Run) -> None:
    page = documented("hemgang episode")
    page |= {"duties": documented("hemgang duties"), "ledger": documented("hemgang close")["payers"][0]["rows"]}
    whole: dict[str, Any] = {}
    for episode in ("x1", "jh1-02"):
        found = run("episode", episode, "--now", "2024-02-01T08:00", "--format", "json").json
        assert found.keys() == page.keys()
        whole |= {key: value for key, value in found.items() if value or key not in whole}
    assert differences(page, whole, "episode") == []


@pytest.mark.usefixtures("stored")
def test_json_of_the_access_log_is_as_documented(run: Run) -> None:
    run("episode", "x1", "--why", "a question")
    shown = run("access-log", "list", "--format", "json")
    assert differences(documented("hemgang access-log list"), shown.json, "list") == []
    shown = run("access-log", "check", "--format", "json")
    assert shown.json == {"rows": 1, "first_break": None, "anchor": None}
    assert shown.json.keys() == documented("hemgang access-log check").keys()


def test_json_of_ingest_and_quarantine_is_as_documented(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "bad.ndjson", "{", '{"id": "m1"}')
    shown = run("ingest", str(file), "--format", "json")
    assert differences(documented("hemgang ingest"), shown.json, "ingest") == []
    shown = run("quarantine", "list", "--format", "json")
    assert differences(documented("hemgang quarantine list"), shown.json, "quarantine") == []


@pytest.mark.usefixtures("stored")
def test_json_of_acknowledge_is_as_documented(run: Run) -> None:
    alerts = run("episode", "jh1-02", "--format", "json").json["alerts"]
    shown = run("acknowledge", alerts[0]["reference"], "--by", "B. Lind", "--format", "json")
    assert differences(documented("hemgang acknowledge"), shown.json, "acknowledge") == []


def test_json_of_check_is_as_documented(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lus-2017-612-lydelse-2020-01-01.txt").write_text("nothing of it", encoding="utf-8")
    shown = run("agreements", "check", "--sources", str(tmp_path), "--format", "json")
    assert shown.code == 1
    assert differences(documented("hemgang agreements check"), shown.json, "check") == []


def test_json_of_replay_is_as_documented_one_alert_a_line(run: Run) -> None:
    shown = run("replay", str(EXAMPLE_1), "--until", "2023-03-01", "--format", "json")
    found = [json.loads(line) for line in shown.lines]
    assert len(found) > 5
    assert differences([documented("hemgang replay")], found, "replay") == []


def test_the_worked_example_of_closing_runs_and_prints_what_the_page_shows(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "closing.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sh\n(.*?)```\n\n```\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) == 3
    for commands_given, shown in examples:
        printed: set[str] = set()
        for line in commands_given.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[0] == "hemgang":
                ran = run(*words[1:])
                assert ran.code == 0, (line, ran)
                printed |= {one.rstrip() for one in ran.lines}
        assert set(shown.splitlines()) - printed == set()
