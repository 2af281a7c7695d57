"""`python -m deployments.stand`: the production shape on this machine, to try out; Ctrl-C ends it.

Starts the parts of a stand in their order, keeps them running, and ends them.

The processes of a stand that are ours or Prefect's: API servers, services, balancer, worker, engines.

Waits until every engine of a stand is at work and its worker has called, so that "up" is true of all of it.
"""

import argparse
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg

from deployments.prefect_server import HOST
from deployments.stand.plan import (
    Plan,
    choose_ports,
    has_trigrams,
    passwords,
    postgresql_programs,
    redis_program,
    write_private,
)
from deployments.stand.services import start_postgresql, start_redis
from deployments.supervisor import (
    LOOK_SECONDS,
    Child,
    end_at_signals,
    is_root,
    keep,
    kept,
    look_after,
    start_logged,
    start_module,
    stop_together,
)
from hemgang.errors import ConfigurationError, HemgangError
from hemgang.settings import read_settings
from hemgang.store.database import open_database, upgrade


def main() -> int:
    """Read the options, run the stand, return the exit code."""
    reader = argparse.ArgumentParser(prog="python -m deployments.stand", description=__doc__)
    reader.add_argument("--folder", type=Path, default=own_folder(), help="where everything lies (%(default)s)")
    reader.add_argument("--engines", type=int, default=3, help="how many engines (%(default)s)")
    reader.add_argument("--servers", type=int, default=2, help="how many Prefect API servers (%(default)s)")
    reader.add_argument("--host", default=HOST, help="the address of this machine to listen on (%(default)s)")
    reader.add_argument("--no-redis", action="store_true", help="one API server with everything in it, even with Redis")
    reader.add_argument("--no-worker", action="store_true", help="no work pool and no scheduled flows")
    told = reader.parse_args()
    try:
        run(
            draw_up(
                told.folder,
                engines=told.engines,
                servers=told.servers,
                host=told.host,
                redis=not told.no_redis,
                worker=not told.no_worker,
            )
        )
    except HemgangError as error:
        sys.stderr.write(f"stand: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())


OF_ROOT = Path("/var/lib/hemgang-stand")


def own_folder() -> Path:
    """Return where a stand lies unless told otherwise; root's must be reachable for the user PostgreSQL runs as."""
    return OF_ROOT if is_root() else read_settings().data_home / "stand"


def draw_up(folder: Path, *, engines: int, servers: int, host: str, redis: bool = True, worker: bool = True) -> Plan:
    """Return the plan of a stand in a folder, which is made; without Redis it has one API server.

    Raises:
        ConfigurationError: this machine has no PostgreSQL.
    """
    programs = postgresql_programs()
    embedded = not has_trigrams(programs)
    program = redis_program() if redis and not embedded else None
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711 if is_root() else 0o700)
    (folder / "prefect").mkdir(mode=0o700, exist_ok=True)
    ports = choose_ports(host, servers if program is not None else 0)
    return Plan(folder.resolve(), host, engines, worker, programs, program, passwords(folder), ports, embedded)


@contextmanager
def started(plan: Plan) -> Iterator[list[Child]]:
    """Yield the children of a stand that is up; all are ended when the block ends.

    Raises:
        ConfigurationError: a part did not start; says which, and where its log is.
    """
    with ExitStack() as stack:

        def begun(*children: Child) -> tuple[Child, ...]:
            stack.callback(stop_together, children)
            return children

        children = [*begun(start_postgresql(plan))]
        if plan.redis is not None:
            children += begun(start_redis(plan, plan.redis))
        upgrade_tables(plan)
        servers = begun(*start_servers(plan))
        wait_for_servers(plan, servers)
        children += [*servers, *begun(*start_clients(plan))]
        yield children


def run(plan: Plan) -> None:
    """Run a stand until told to stop (SIGTERM or Ctrl-C)."""
    begun = time.monotonic()
    end_at_signals()
    if plan.embedded:
        sys.stderr.write(
            "this PostgreSQL lacks pg_trgm: Prefect keeps its own in SQLite, with one API server "
            "(to have all of it: sudo apt-get install postgresql redis-server)\n"
        )
    elif plan.redis is None:
        sys.stderr.write("without Redis: one Prefect API server only (to have it: sudo apt-get install redis-server)\n")
    sys.stderr.write(f"starting PostgreSQL, Prefect, {plan.engines} engines in {plan.folder} ...\n")
    try:
        with started(plan) as children:
            wait_for_clients(plan, children)
            _tell(plan, len(children), seconds=time.monotonic() - begun)
            _until_told(children)
    except KeyboardInterrupt:
        sys.stderr.write("stopped before it was up\n")


def _until_told(children: Sequence[Child]) -> None:
    """Keep the children until a signal comes; a second one does not cut their ending short."""
    try:
        keep(children)
    except KeyboardInterrupt:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        sys.stderr.write("stopping\n")


def _tell(plan: Plan, processes: int, *, seconds: float) -> None:
    file = plan.folder / "stand.env"
    write_private(file, "".join(f"{name}='{value}'\n" for name, value in plan.for_clients().items()))
    sys.stderr.write(
        f"everything is up after {seconds:.0f} s: {processes} processes\n"
        f"the Prefect page: {plan.api.removesuffix('/api')}  (its password: PREFECT_API_AUTH_STRING in {file})\n"
        f"to work with it: set -a; . {file}; set +a; hemgang doctor; hemgang ingest FILE\n"
        f"logs: {plan.folder / 'logs'}  (stop: Ctrl-C)\n"
    )


PREFECT = (sys.executable, "-m", "deployments.prefect_command")
START_SECONDS = 180.0
SETTLE_SECONDS = 0.2


def upgrade_tables(plan: Plan) -> None:
    """Bring Prefect's and hemgang's tables to the version that is installed, before anything uses them.

    Raises:
        ConfigurationError: Prefect's tables could not be upgraded; names the log.
    """
    once(plan, "upgrade", [*PREFECT, "server", "database", "upgrade", "--yes"], plan.for_server("upgrade"))
    database = open_database(plan.database)
    upgrade(database)
    database.close()


def start_servers(plan: Plan) -> list[Child]:
    """Start Prefect's processes: one server with its services, or several, the services apart and a balancer."""
    if not plan.ports.servers:
        return [_server(plan, "server", plan.ports.page)]
    children = [
        _server(plan, f"server-{number}", port, "--no-services") for number, port in enumerate(plan.ports.servers, 1)
    ]
    environment = plan.for_server("services")
    command = [*PREFECT, "server", "services", "start"]
    start = partial(start_logged, command, environment, plan.log("services"))
    children.append(kept("the services of Prefect", start))
    places = [f"{plan.host}:{port}" for port in (plan.ports.page, *plan.ports.servers)]
    start = partial(start_module, "deployments.stand.services", plan.for_engine(), plan.log("balance"), *places)
    children.append(kept("the balancer", start))
    return children


def start_clients(plan: Plan) -> list[Child]:
    """Start the engines and the worker, which first puts the deployments into its work pool."""
    parts = {f"engine-{number}": ["deployments.engine"] for number in range(1, plan.engines + 1)}
    if plan.worker:
        parts["worker"] = ["deployments.work_pool", "--work"]
    environment = plan.for_engine()
    return [
        kept(name, partial(start_module, words[0], environment, plan.log(name), *words[1:]))
        for name, words in parts.items()
    ]


def once(plan: Plan, name: str, command: list[str], environment: dict[str, str]) -> None:
    """Run a command to its end.

    Raises:
        ConfigurationError: it failed; names the log.
    """
    process = start_logged(command, environment, plan.log(name))
    try:
        code = process.wait(START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if code:
        raise ConfigurationError(f"{name} failed; see {plan.log(name)}")


def wait_for_servers(plan: Plan, children: Sequence[Child]) -> None:
    """Wait until every API server and the page answer.

    Raises:
        ConfigurationError: a process ended, or a server did not answer in time; names the folder of logs.
    """
    ends = time.monotonic() + START_SECONDS
    waiting = [plan.ports.page, *plan.ports.servers]
    while waiting:
        fallen = [child.name for child in children if child.process.poll() is not None]
        if fallen or time.monotonic() > ends:
            who = ", ".join(fallen) or f"port {waiting[0]}"
            raise ConfigurationError(f"{who} did not start; see {plan.folder / 'logs'}")
        waiting = [port for port in waiting if not _answers(plan.host, port)]
        time.sleep(SETTLE_SECONDS)


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/api/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _server(plan: Plan, name: str, port: int, *words: str) -> Child:
    command = [*PREFECT, "server", "start", "--host", plan.host, "--port", str(port), *words]
    return kept(name, partial(start_logged, command, plan.for_server(name), plan.log(name)))


SWEPT = "SELECT coalesce(sum(count), 0) FROM pulse WHERE name = 'watch'"
WATCHING = """
SELECT count(*) FROM flow_run JOIN flow ON flow.id = flow_run.flow_id
WHERE flow.name = 'watch' AND flow_run.deployment_id IS NULL AND flow_run.start_time > now() - make_interval(secs => %s)
"""
"""Each engine's first run; those that the worker starts belong to a deployment."""
CALLED = "SELECT count(*) FROM worker WHERE last_heartbeat_time > now() - make_interval(secs => %s)"


def wait_for_clients(plan: Plan, children: Sequence[Child]) -> None:
    """Keep the children until every engine watches and sweeps and the worker has called, all since we began to wait.

    The worker puts the deployments into its pool before it calls.

    Raises:
        ConfigurationError: that did not come about in time; names what is missing and the folder of logs.
    """
    begun, swept = time.monotonic(), _count(plan.database, SWEPT)
    while missing := _missing(plan, time.monotonic() - begun, swept):
        if time.monotonic() > begun + START_SECONDS:
            raise ConfigurationError(f"{missing} did not start; see {plan.folder / 'logs'}")
        time.sleep(LOOK_SECONDS)
        for child in children:
            look_after(child, now=time.monotonic())


def _missing(plan: Plan, seconds: float, swept: int) -> str:
    """Return what has not been at work in the last `seconds`, nothing where all has."""
    prefect = f"postgresql://prefect:{plan.passwords.prefect}@{plan.host}:{plan.ports.postgresql}/prefect"
    try:
        if plan.engines and _count(plan.database, SWEPT) <= swept:
            return "the engines"
        if _count(prefect, WATCHING, seconds) < plan.engines:
            return "one of the engines"
        return "the worker" if plan.worker and not _count(prefect, CALLED, seconds) else ""
    except psycopg.OperationalError:
        return "PostgreSQL"


def _count(database: str, query: str, *values: float) -> int:
    with psycopg.connect(database) as connection:
        [found] = connection.execute(query.encode(), values or None).fetchone() or (0,)
        return int(found)
