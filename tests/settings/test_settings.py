"""Settings: one frozen value, all faults of an environment told at once, no secret shown, all documented."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from deployments.run import warn_of_settings
from hemgang.settings import VARIABLES, Address, Settings, SettingsError, examine_settings, nearest, read_settings

ROOT = Path(__file__).parent.parent.parent
VARIABLE = re.compile(r"HEMGANG_[A-Z][A-Z_]*[A-Z]")
OF_COMPOSE = {"HEMGANG_SETTINGS"}
OF_BENCHMARKS = re.compile(r"HEMGANG_(BENCH|DAY|GROWTH|LOAD|PEERS)_")
WRONG = {
    "HEMGANG_DATABASE": "mysql://anna:s3cret@db/x",
    "HEMGANG_DIRECTORY": "",
    "HEMGANG_HEARTBEAT_URL": "ftp://s3cret.invalid",
    "HEMGANG_LANGUAGE": "fi",
    "HEMGANG_LOG": "yaml",
    "HEMGANG_LOG_LEVEL": "loud",
    "HEMGANG_METRICS": "127.0.0.1:70000",
    "HEMGANG_REGIONS": "23,99",
    "HEMGANG_RUNS_AT_ONCE": "0",
    "HEMGANG_RUNS_A_SECOND": "inf",
    "HEMGANG_RUN_BUDGET": "1.5",
    "HEMGANG_TICK_SECONDS": "abc",
    "HEMGANG_TRACEBACK": "perhaps",
}


def test_every_fault_of_an_environment_is_told_at_once_one_line_each_and_no_secret() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(WRONG)
    lines = str(caught.value).splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == sorted(WRONG)
    assert all("; write " in line for line in lines)
    assert "s3cret" not in str(caught.value)
    assert "HEMGANG_TICK_SECONDS: abc cannot be used; write a number from 0.01 on" in lines


def test_a_value_shaped_like_an_identity_number_is_not_repeated() -> None:
    [line] = examine_settings({"HEMGANG_RUN_LIMIT": "19121212-1212"}).faults.values()
    assert "1212" not in line


def test_what_is_faulty_has_its_default_and_the_rest_holds() -> None:
    found = examine_settings({"HEMGANG_RUN_LIMIT": "-4", "HEMGANG_RUNS_AT_ONCE": "2"})
    assert (found.settings.run_limit, found.settings.runs_at_once) == (3, 2)


def test_values_are_read_with_their_types() -> None:
    found = read_settings(
        {
            "HEMGANG_DATABASE": "postgresql://u:p@h/n",
            "HEMGANG_HEARTBEAT_URL": "https://a.invalid/x http://b.invalid",
            "HEMGANG_LANGUAGE": "sv",
            "HEMGANG_LOG_LEVEL": "debug",
            "HEMGANG_METRICS": "[::1]:9464",
            "HEMGANG_REGIONS": "22, 23",
            "HEMGANG_SCOPE": "",
            "HEMGANG_TRACEBACK": "1",
        }
    )
    assert found.heartbeat_url == ("https://a.invalid/x", "http://b.invalid")
    assert (found.language, found.log_level, found.metrics) == ("sv", "DEBUG", Address("::1", 9464))
    assert (found.regions, found.scope, found.traceback) == (frozenset({"22", "23"}), "", True)
    assert "u:p" not in repr(found)
    assert "a.invalid" not in repr(found)


def test_the_users_data_directory_is_where_nothing_else_is_named() -> None:
    found = read_settings({"XDG_DATA_HOME": "/data"})
    assert (found.database, found.state) == ("sqlite:////data/hemgang/hemgang.db", Path("/data/hemgang/state"))
    assert read_settings({"XDG_DATA_HOME": ""}).data_home == Path.home() / ".local" / "share" / "hemgang"


def test_settings_made_from_values_look_at_no_environment_and_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_RUN_LIMIT", "7")
    made = Settings(tick_seconds=0.5)
    assert (made.run_limit, made.tick_seconds) == (3, 0.5)
    with pytest.raises(ValidationError, match="frozen"):
        made.tick_seconds = 1.0  # type: ignore[misc]
    assert made.at("sqlite:///x.db").database == "sqlite:///x.db"
    assert made.at().directory is None
    assert read_settings().run_limit == 7


def test_a_variable_that_nothing_reads_is_named_with_the_nearest_known_one() -> None:
    assert examine_settings({"HEMGANG_DATABSE": "x", "hemgang_log": "json", "OTHER": "x"}).unknown == (
        "HEMGANG_DATABSE",
        "hemgang_log",
    )
    assert nearest("HEMGANG_DATABSE") == "HEMGANG_DATABASE"
    assert nearest("HEMGANG_QQQQQQQQQQQQQQ") is None


def test_every_variable_says_what_it_means_and_what_may_be_written() -> None:
    for name, field in VARIABLES.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict), name
        assert field.description, name
        assert extra["right"], name


def test_every_variable_stands_in_the_readmes_table() -> None:
    rows = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    first = " ".join(row.split("|")[1] for row in rows)
    assert set(VARIABLE.findall(first)) == set(VARIABLES)


def test_no_document_and_no_deployment_names_a_variable_that_is_not_there() -> None:
    """The specification is left out: it is ahead of the code."""
    ahead = ROOT / "docs" / "specification"
    documents = [ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if path.parent != ahead)]
    deployed = [path for path in (ROOT / "deployments").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    strange = {}
    for path in (*documents, *deployed):
        named = set(VARIABLE.findall(path.read_text(encoding="utf-8"))) - set(VARIABLES) - OF_COMPOSE
        if left := {one for one in named if not OF_BENCHMARKS.match(one)}:
            strange[path.relative_to(ROOT).as_posix()] = left
    assert strange == {}


def test_only_the_settings_and_the_clock_read_our_variables_from_the_environment() -> None:
    reading = re.compile(r"(environ(ment)?(\.get\(|\[)|getenv\()[^)\]]*HEMGANG_")
    for package in ("hemgang", "tasks", "flows", "deployments"):
        for path in (ROOT / package).rglob("*.py"):
            assert not reading.search(path.read_text(encoding="utf-8")), path


def test_a_start_names_what_nothing_reads_but_not_what_the_directory_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "directory.toml"
    directory.write_text('[[channel]]\nid = "sms"\nurl_env = "HEMGANG_SMS_KEY"\n', encoding="utf-8")
    monkeypatch.setenv("HEMGANG_SMS_KEY", "json://s3cret.invalid")
    monkeypatch.setenv("HEMGANG_TICK_SECOND", "s3cret")
    warn_of_settings(Settings(directory=directory))
    assert capsys.readouterr().err == "hemgang: nothing reads HEMGANG_TICK_SECOND; is HEMGANG_TICK_SECONDS meant?\n"
