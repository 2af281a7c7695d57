"""Values of variables that cannot be used: each is said before anything starts, and by the doctor, in one line."""

import stat
import sys
from pathlib import Path

import pytest

from hemgang.doctor.environment import check_values, judge_variables, wrong_values
from hemgang.doctor.finding import Level
from hemgang.errors import ConfigurationError
from hemgang.settings import examine_settings
from hemgang.store.database import open_database, upgrade
from tests.cli.running import Run
from tests.deployments.starting import started

GOOD = {
    "HEMGANG_DATABASE": "sqlite:///a.db",
    "HEMGANG_HEARTBEAT_URL": "https://one.invalid/x http://two.invalid",
    "HEMGANG_LOG": "json",
    "HEMGANG_LOG_LEVEL": "debug",
    "HEMGANG_METRICS": "[::1]:9464",
    "HEMGANG_REGIONS": "22, 23",
    "HEMGANG_RUNS_AT_ONCE": "2",
    "HEMGANG_RUN_BUDGET": "0",
    "HEMGANG_STATE": "not-there-yet/state",
    "HEMGANG_TICK_SECONDS": "0.5",
}
WRONG = {
    "HEMGANG_CLOCK": "/none",
    "HEMGANG_INBOX": "/none",
    "HEMGANG_DATABASE": " ",
    "HEMGANG_HEARTBEAT_URL": "https://one.invalid ftp://secret.invalid",
    "HEMGANG_LOG": "yaml",
    "HEMGANG_LOG_LEVEL": "loud",
    "HEMGANG_METRICS": "localhost",
    "HEMGANG_REGIONS": "23,99",
    "HEMGANG_RETENTION": "/none",
    "HEMGANG_RUNS_AT_ONCE": "0",
    "HEMGANG_RUN_LIMIT": "-4",
    "HEMGANG_STATE": sys.executable,
    "HEMGANG_TICK_SECONDS": "abc",
}


def test_values_that_can_be_used_are_none_of_the_wrong(tmp_path: Path) -> None:
    assert list(wrong_values(examine_settings(GOOD))) == list(wrong_values(examine_settings({}))) == []
    check_values(GOOD)


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_cannot_be_used_is_named_in_one_line(name: str) -> None:
    [told] = wrong_values(examine_settings(GOOD | {name: WRONG[name]}))
    assert told.startswith(f"{name}: ")
    assert "\n" not in told
    assert "secret" not in told
    [finding] = judge_variables([name], wrong=[told])
    assert (finding.level, str(finding.found)) == (Level.ERROR, told)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_values(WRONG)
    assert all(f"{name}: " in str(caught.value) for name in WRONG)


@pytest.mark.parametrize("module", ["deployments.run", "deployments.serve"])
def test_nothing_starts_with_a_wrong_value(tmp_path: Path, module: str) -> None:
    told = started(module, {"HEMGANG_LOG_LEVEL": "loud", "HEMGANG_RUN_LIMIT": "-4", "XDG_DATA_HOME": str(tmp_path)})
    assert told.returncode == 2
    lines = told.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["hemgang", "hemgang"]
    assert [line.split(": ")[1] for line in lines] == ["HEMGANG_LOG_LEVEL", "HEMGANG_RUN_LIMIT"]
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_of_a_database_opens_no_other(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMGANG_DATABASE", "")
    assert "HEMGANG_DATABASE" in run("episodes").complaint


def test_only_its_owner_reads_an_embedded_database(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(database)
    with database.writing():
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    database.close()
    assert "a.db-wal" in modes
    assert set(modes.values()) == {0o600}
