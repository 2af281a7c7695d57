"""What a stand is made of before anything is started, and when it may say that all of it is up."""

import stat
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from deployments.prefect_server import REDIS
from deployments.stand import __main__
from deployments.stand.plan import Passwords, Plan, Ports, Sharing, choose_ports, has_trigrams, load_passwords

SECRETS = Passwords(postgresql="of-all", hemgang="of-hemgang", prefect="of-prefect", redis="of-redis", api="of-api")

SHARING = Sharing(redis=Path("/redis-server"), haproxy=Path("/haproxy"))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    ports = Ports(page=1, postgresql=2, redis=3, servers=(4, 5))
    return Plan(tmp_path, "127.0.0.1", 2, True, Path("/programs"), SHARING, SECRETS, ports)


def test_no_two_parts_get_the_same_port() -> None:
    ports = choose_ports("127.0.0.1", several=True)
    assert len({ports.page, ports.postgresql, ports.redis, *ports.servers}) == 5


def test_passwords_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = load_passwords(tmp_path)
    assert load_passwords(tmp_path) == first
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_engine_gets_the_passwords_it_needs_and_no_others(plan: Plan) -> None:
    told = " ".join(plan.for_engine().values())
    assert {word for word in ("of-hemgang", "of-api") if word in told} == {"of-hemgang", "of-api"}
    assert not [word for word in ("of-all", "of-prefect", "of-redis") if word in told]


def test_every_prefect_process_asks_for_the_password_and_shares_one_redis(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://elsewhere.example.invalid/api")
    told = plan.for_server("server-1")
    assert told["PREFECT_SERVER_API_AUTH_STRING"] == "hemgang:of-api"
    assert told["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert told[REDIS] == "redis://:of-redis@127.0.0.1:3/0"
    assert "of-hemgang" not in " ".join(told.values())


@pytest.mark.parametrize(
    ("swept", "watching", "called", "missing"),
    [(7, 2, 1, "the engines"), (8, 1, 1, "one of the engines"), (8, 2, 0, "the worker"), (8, 2, 1, "")],
)
def test_a_stand_is_up_when_every_engine_watches_and_the_worker_has_called(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, swept: int, watching: int, called: int, missing: str
) -> None:
    found = {__main__.SWEPT: swept, __main__.WATCHING: watching, __main__.CALLED: called}

    def count(_database: str, query: str, *_values: float) -> int:
        return found[query]

    monkeypatch.setattr(__main__, "_count", count)
    assert __main__._missing(plan, 3.0, 7) == missing


def test_a_database_that_falls_meanwhile_is_waited_for(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise psycopg.OperationalError

    monkeypatch.setattr(__main__, "_count", refused)
    assert __main__._missing(plan, 3.0, 0) == "PostgreSQL"


def test_where_postgresql_lacks_what_prefect_needs_prefect_is_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.stand.__main__.has_trigrams", lambda _programs: False)
    plan = __main__.make_plan(tmp_path, engines=1, host="127.0.0.1")
    assert (plan.embedded, plan.sharing, plan.ports.servers) == (True, None, ())
    address = plan.for_server("server")["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    assert address == f"sqlite+aiosqlite:///{plan.prefect_file}"
    assert plan.database.startswith("postgresql://")


def test_a_folder_without_the_extension_has_no_trigrams(tmp_path: Path) -> None:
    assert not has_trigrams(tmp_path)


@pytest.mark.parametrize("missing", ["redis-server", "haproxy"])
def test_where_a_program_that_several_servers_need_is_missing_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr("deployments.stand.__main__.has_trigrams", lambda _programs: True)
    monkeypatch.setattr("shutil.which", lambda name, path=None: None if name == missing else f"/usr/bin/{name}")
    plan = __main__.make_plan(tmp_path, engines=1, host="127.0.0.1")
    assert (plan.sharing, plan.ports.servers) == (None, ())


def test_a_stand_with_prefect_embedded_is_up_when_the_engines_sweep(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "_count", lambda _database, query: {__main__.SWEPT: 8}[query])
    assert __main__._missing(replace(plan, embedded=True), 3.0, 7) == ""
