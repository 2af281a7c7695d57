"""`deployments/environment/make`: settings and passwords that fit together, and that nobody else can read."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from deployments.prefect_server import REDIS_MODULES, apply_server_settings
from tests.deployments.shapes import FOLDER

MAKE = FOLDER / "environment" / "make"
PASSWORD = re.compile(r"[0-9a-f]{48}")


def made(folder: Path, *words: str) -> dict[str, str]:
    subprocess.run([str(MAKE), str(folder), *words], check=True, capture_output=True)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def values(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_every_password_is_made_and_the_same_wherever_it_stands(tmp_path: Path) -> None:
    files = made(tmp_path / "one")
    assert "CHANGE-" not in "".join(files.values())
    ours, prefect = values(files["hemgang.env"]), values(files["prefect.env"])
    for database, role in (
        (ours["HEMGANG_DATABASE"], "hemgang"),
        (prefect["PREFECT_SERVER_DATABASE_CONNECTION_URL"], "prefect"),
    ):
        [password] = PASSWORD.findall(database)
        assert f"CREATE ROLE {role} LOGIN PASSWORD '{password}'" in files["postgresql.sql"]
    assert ours["PREFECT_API_AUTH_STRING"] == prefect["PREFECT_SERVER_API_AUTH_STRING"]
    [password] = PASSWORD.findall(prefect["PREFECT_REDIS_MESSAGING_URL"])
    assert f"requirepass {password}\n" in files["redis.conf"]
    assert len(set(PASSWORD.findall("".join(files.values())))) == 5
    other = made(tmp_path / "other")
    assert not set(PASSWORD.findall("".join(files.values()))) & set(PASSWORD.findall("".join(other.values())))


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    made(tmp_path / "one")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700
    for name in ("hemgang.env", "prefect.env", "postgresql.env"):
        assert stat.S_IMODE((tmp_path / "one" / name).stat().st_mode) == 0o600


def test_a_folder_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    first = made(tmp_path / "one")
    again = subprocess.run([str(MAKE), str(tmp_path / "one")], check=False, capture_output=True)
    assert again.returncode != 0
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "one").iterdir()} == first


@pytest.mark.parametrize("shape", ["compose", "kubernetes"])
def test_containers_reach_each_other_by_name_and_a_browser_reaches_this_machine(tmp_path: Path, shape: str) -> None:
    files = made(tmp_path / "one", shape)
    told = values(files["hemgang.env"]) | values(files["prefect.env"])
    assert "@postgresql:5432/hemgang" in told["HEMGANG_DATABASE"]
    assert "@postgresql:5432/prefect" in told["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    assert "@redis:6379/" in told["PREFECT_REDIS_MESSAGING_URL"]
    assert told["PREFECT_API_URL"] == "http://prefect:4200/api"
    assert told["PREFECT_SERVER_UI_API_URL"] == "http://127.0.0.1:4200/api"
    assert ("HEMGANG_INBOX" in told) == (shape == "compose")


def test_hemgang_and_prefect_understand_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import Settings

    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    for name, value in values(made(tmp_path / "one")["prefect.env"]).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_MIGRATE_ON_START", "false")
    environment: dict[str, str] = dict(os.environ)
    apply_server_settings(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.server.api.csrf_protection_enabled is True
    assert settings.server.register_blocks_on_start is False
    assert settings.server.events.messaging_broker == "prefect_redis.messaging"
    assert settings.server.docket.url == environment["PREFECT_REDIS_MESSAGING_URL"]


def test_without_redis_nothing_is_said_to_be_shared() -> None:
    environment: dict[str, str] = {}
    apply_server_settings(environment)
    assert not environment.keys() & REDIS_MODULES.keys()
    assert environment["PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED"] == "true"
