"""A small TCP balancer in front of the API servers of a stand; in production HAProxy or a Kubernetes service does this.

Each new connection goes to the server with the fewest open ones that takes it; what was under way with a server that
died is ended, and the client asks again.

    python -m deployments.stand.services 127.0.0.1:4200 127.0.0.1:4201 127.0.0.1:4202

PostgreSQL of a stand: made in its folder, started, with one role and one database each for hemgang and Prefect.

PostgreSQL refuses to run as root; root starts it as the user `postgres`, or `nobody` where there is none.

Redis of a stand: carries the events and shared work of several Prefect servers, nothing that hemgang needs.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from deployments.prefect_server import HOST
from deployments.stand.plan import Plan, write_private
from deployments.supervisor import Child, Process, is_root, kept, start_logged, stop
from hemgang.errors import ConfigurationError

CHUNK = 65_536
CONNECT_SECONDS = 5.0

Place = tuple[str, int]


class Balancer:
    """Carries connections to the servers behind it; `open_to` counts those under way, by server."""

    def __init__(self, behind: list[Place]) -> None:
        """Balance over these servers."""
        self.open_to = dict.fromkeys(behind, 0)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's connection both ways until either side ends it."""
        for place in sorted(self.open_to, key=lambda place: self.open_to[place]):
            with suppress(OSError, TimeoutError):
                beyond = await asyncio.wait_for(asyncio.open_connection(*place), CONNECT_SECONDS)
                break
        else:
            writer.close()
            return
        self.open_to[place] += 1
        ways = [
            asyncio.ensure_future(_pour(reader, beyond[1])),
            asyncio.ensure_future(_pour(beyond[0], writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.open_to[place] -= 1
            for way in ways:
                way.cancel()
            beyond[1].close()
            writer.close()


async def serve(listen: Place, behind: list[Place]) -> None:
    """Listen for ever."""
    balancer = Balancer(behind)
    server = await asyncio.start_server(balancer.carry, *listen)
    async with server:
        await server.serve_forever()


def read_place(text: str) -> Place:
    """Return host and port of `host:port`."""
    host, _, port = text.rpartition(":")
    return host, int(port)


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()


if __name__ == "__main__":
    first, *others = (read_place(word) for word in sys.argv[1:])
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(first, others))


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
    child = kept("PostgreSQL", partial(_start, plan, data, owner), ends_at=signal.SIGINT)
    try:
        _wait(plan, child.process)
        for name, password in (("hemgang", plan.passwords.hemgang), ("prefect", plan.passwords.prefect)):
            _database(plan, name, password)
    except BaseException:
        stop(child.process, asked_by=child.ends_at)
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


START_SECONDS_MESSAGING = 20.0


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
    child = kept("Redis", partial(start_logged, [str(program), str(file)], os.environ, plan.log("redis")))
    try:
        _wait_of_messaging(plan, child.process)
    except BaseException:
        stop(child.process)
        raise
    return child


def _wait_of_messaging(plan: Plan, process: Process) -> None:
    ends = time.monotonic() + START_SECONDS_MESSAGING
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection((plan.host, plan.ports.redis), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ConfigurationError(f"Redis did not start; see {plan.log('redis')}")
