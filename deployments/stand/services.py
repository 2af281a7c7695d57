"""The services of a stand that are not Prefect's: PostgreSQL, Redis and HAProxy, each made in the stand's folder.

PostgreSQL has one role and one database each for hemgang and Prefect. It refuses to run as root: root starts it as the
user `postgres`, or `nobody` where there is none. Redis carries the events and shared work of several API servers,
nothing that hemgang needs; HAProxy is their one address, with the configuration of production.
"""

import os
import pwd
import shutil
import signal
import socket
import time
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from deployments.prefect_server import HOST
from deployments.stand.plan import Plan, write_private
from deployments.supervisor import Child, Process, is_root, start_child, start_logged, stop
from hemgang.errors import ConfigurationError

HAPROXY_CONFIGURATION = Path(__file__).parent.parent / "haproxy.cfg"
START_SECONDS = 60.0
OWNERS = ("postgres", "nobody")
SETTINGS = {
    "max_connections": "200",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "idle_in_transaction_session_timeout": "600000",
}
"""A host that drops off the network leaves open transactions behind: they end after half a minute.

Those of a process that hangs end after ten minutes.
"""


def start_postgresql(plan: Plan) -> Child:
    """Start PostgreSQL, wait for it, and make what is not there yet.

    Raises:
        ConfigurationError: it cannot be made or does not answer; names the log.
    """
    data = plan.folder / "postgresql"
    owner = _owner() if is_root() else None
    _refuse_running(data)
    _make(plan, data, owner)
    child = start_child("PostgreSQL", partial(_start, plan, data, owner), end_signal=signal.SIGINT)
    try:
        _wait(plan, child.process)
        for name, password in (("hemgang", plan.passwords.hemgang), ("prefect", plan.passwords.prefect)):
            _database(plan, name, password)
    except BaseException:
        stop(child.process, by=child.end_signal)
        raise
    return child


def _start(plan: Plan, data: Path, owner: str | None) -> Process:
    listen = {"listen_addresses": plan.host, "port": str(plan.ports.postgresql), "unix_socket_directories": str(data)}
    words = [word for name, value in (SETTINGS | listen).items() for word in ("-c", f"{name}={value}")]
    command = [str(plan.postgresql / "postgres"), "-D", str(data), *words]
    return start_logged(command, os.environ, plan.log("postgresql"), user=owner)


def _owner() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in OWNERS if name in known)


def _refuse_running(data: Path) -> None:
    file = data / "postmaster.pid"
    if not file.exists():
        return
    number = int(file.read_text().splitlines()[0])
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return
    raise ConfigurationError(
        f"a PostgreSQL already works in {data} (process {number}): of another stand, or left by one that was killed; "
        f"end that first (kill -INT {number})"
    )


def _make(plan: Plan, data: Path, owner: str | None) -> None:
    if (data / "PG_VERSION").exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    secret = data.with_name("postgresql.password")
    write_private(secret, plan.passwords.postgresql)
    if owner is not None:
        shutil.chown(data, owner)
        shutil.chown(secret, owner)
    words = ["-D", str(data), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"]
    command = [str(plan.postgresql / "initdb"), *words, "--no-locale"]
    try:
        failed = start_logged(command, os.environ, plan.log("initdb"), user=owner).wait()
    except PermissionError as error:
        raise ConfigurationError(f"the user {owner} cannot reach {plan.postgresql}; install postgresql") from error
    finally:
        secret.unlink()
    if failed:
        shutil.rmtree(data, ignore_errors=True)
        raise ConfigurationError(_why(plan, owner))
    if plan.host != HOST:
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as who:
            who.write("host all all samenet scram-sha-256\n")


def _why(plan: Plan, owner: str | None) -> str:
    log = plan.log("initdb")
    if owner is not None and "ermission denied" in log.read_text(encoding="utf-8", errors="replace"):
        return f"the user {owner}, as whom root starts PostgreSQL, cannot reach {plan.folder}; choose another --folder"
    return f"PostgreSQL could not be made; see {log}"


def _wait(plan: Plan, process: Process) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            _as_owner(plan).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise ConfigurationError(f"PostgreSQL did not start; see {plan.log('postgresql')}")


def _as_owner(plan: Plan) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=plan.host,
        port=plan.ports.postgresql,
        user="postgres",
        password=plan.passwords.postgresql,
        dbname="postgres",
        autocommit=True,
    )


def _database(plan: Plan, name: str, password: str) -> None:
    """Make a role and its database; the role owns nothing else and is no superuser."""
    with _as_owner(plan) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
            role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
            connection.execute(role)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))


def start_redis(plan: Plan, program: Path) -> Child:
    """Start Redis with a password, its data in the stand's folder, and wait until it listens.

    Raises:
        ConfigurationError: it did not start; names the log.
    """
    folder = plan.folder / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "bind": plan.host,
        "port": str(plan.ports.redis),
        "requirepass": plan.passwords.redis,
        "dir": f'"{folder}"',
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    file = folder / "redis.conf"
    write_private(file, "".join(f"{name} {value}\n" for name, value in settings.items()))
    child = start_child("Redis", partial(start_logged, [str(program), str(file)], os.environ, plan.log("redis")))
    try:
        _wait_for_port(plan, "redis", plan.ports.redis, child.process)
    except BaseException:
        stop(child.process)
        raise
    return child


def start_haproxy(plan: Plan, program: Path) -> Child:
    """Start HAProxy in front of the API servers with `deployments/haproxy.cfg`; it waits for them itself."""
    places = {f"PREFECT_SERVER_{number}": f"{plan.host}:{port}" for number, port in enumerate(plan.ports.servers, 1)}
    environment = os.environ | places | {"PREFECT_LISTEN": f"{plan.host}:{plan.ports.page}"}
    command = [str(program), "-db", "-f", str(HAPROXY_CONFIGURATION)]
    return start_child("HAProxy", partial(start_logged, command, environment, plan.log("haproxy")))


def _wait_for_port(plan: Plan, name: str, port: int, process: Process) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection((plan.host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ConfigurationError(f"{name} did not start; see {plan.log(name)}")
