"""`python -m deployments.stand`: the production shape on this machine, to try out; Ctrl-C ends it.

PostgreSQL, Prefect's API servers with Redis and HAProxy where this machine has both, engines and a worker are started
in their order, kept running, and ended together. It is up when every engine is at work and the worker has called.
"""

import argparse
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from subprocess import TimeoutExpired

import psycopg

from deployments.prefect_server import HOST
from deployments.stand.plan import (
    Plan,
    choose_ports,
    has_trigrams,
    load_passwords,
    postgresql_programs,
    sharing_programs,
    write_private,
)
from deployments.stand.services import start_haproxy, start_postgresql, start_redis
from deployments.supervisor import (
    LOOK_SECONDS,
    Child,
    ignore_signals,
    interrupt_on_signals,
    is_root,
    restart_if_ended,
    start_child,
    start_logged,
    start_module,
    stop_together,
    supervise,
)
from hemgang.errors import ConfigurationError, HemgangError
from hemgang.settings import read_settings
from hemgang.store.database import open_database, upgrade

FOLDER_OF_ROOT = Path("/var/lib/hemgang-stand")
PREFECT = (sys.executable, "-m", "deployments.prefect_command")
START_SECONDS = 180.0
SETTLE_SECONDS = 0.2

SWEPT = "SELECT coalesce(sum(count), 0) FROM pulse WHERE name = 'watch'"
WATCHING = """
SELECT count(*) FROM flow_run JOIN flow ON flow.id = flow_run.flow_id
WHERE flow.name = 'watch' AND flow_run.deployment_id IS NULL AND flow_run.start_time > now() - make_interval(secs => %s)
"""
"""Each engine's first run; those that the worker starts belong to a deployment."""
CALLED = "SELECT count(*) FROM worker WHERE last_heartbeat_time > now() - make_interval(secs => %s)"


def main() -> int:
    """Read the options, run the stand, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deployments.stand", description=__doc__)
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where everything lies (%(default)s)")
    parser.add_argument("--engines", type=int, default=3, help="how many engines (%(default)s)")
    parser.add_argument("--host", default=HOST, help="the address of this machine to listen on (%(default)s)")
    parser.add_argument("--one-server", action="store_true", help="one API server, without Redis and HAProxy")
    parser.add_argument("--no-worker", action="store_true", help="no work pool and no scheduled flows")
    given = parser.parse_args()
    try:
        plan = make_plan(
            given.folder,
            engines=given.engines,
            host=given.host,
            one_server=given.one_server,
            worker=not given.no_worker,
        )
        run(plan)
    except HemgangError as error:
        sys.stderr.write(f"stand: {error}\n")
        return 2
    return 0


def default_folder() -> Path:
    """Return where a stand lies unless told otherwise; root's must be reachable for the user PostgreSQL runs as."""
    return FOLDER_OF_ROOT if is_root() else read_settings().data_home / "stand"


def make_plan(folder: Path, *, engines: int, host: str, one_server: bool = False, worker: bool = True) -> Plan:
    """Return the plan of a stand in a folder, which is made; without Redis and HAProxy it has one API server.

    Raises:
        ConfigurationError: this machine has no PostgreSQL.
    """
    programs = postgresql_programs()
    embedded = not has_trigrams(programs)
    sharing = None if one_server or embedded else sharing_programs()
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711 if is_root() else 0o700)
    (folder / "prefect").mkdir(mode=0o700, exist_ok=True)
    ports = choose_ports(host, several=sharing is not None)
    return Plan(folder.resolve(), host, engines, worker, programs, sharing, load_passwords(folder), ports, embedded)


def run(plan: Plan) -> None:
    """Run a stand until told to stop (SIGTERM or Ctrl-C)."""
    begun = time.monotonic()
    interrupt_on_signals()
    if plan.embedded:
        sys.stderr.write(
            "this PostgreSQL lacks pg_trgm: Prefect keeps its own in SQLite, with one API server "
            "(to have all of it: sudo apt-get install postgresql redis-server haproxy)\n"
        )
    elif plan.sharing is None:
        sys.stderr.write("one Prefect API server only (to have two: sudo apt-get install redis-server haproxy)\n")
    sys.stderr.write(f"starting PostgreSQL, Prefect, {plan.engines} engines in {plan.folder} ...\n")
    try:
        with running_stand(plan) as children:
            wait_for_clients(plan, children)
            _tell(plan, len(children), seconds=time.monotonic() - begun)
            _keep_until_stopped(children)
    except KeyboardInterrupt:
        sys.stderr.write("stopped before it was up\n")


@contextmanager
def running_stand(plan: Plan) -> Iterator[list[Child]]:
    """Yield the children of a stand whose servers answer; all are ended when the block ends.

    Raises:
        ConfigurationError: a part did not start; says which, and where its log is.
    """
    with ExitStack() as stack:

        def started(*children: Child) -> tuple[Child, ...]:
            stack.callback(stop_together, children)
            return children

        children = [*started(start_postgresql(plan))]
        if plan.sharing is not None:
            children += started(start_redis(plan, plan.sharing.redis))
        upgrade_tables(plan)
        servers = started(*start_servers(plan))
        if plan.sharing is not None:
            servers += started(start_haproxy(plan, plan.sharing.haproxy))
        wait_for_servers(plan, servers)
        children += [*servers, *started(*start_clients(plan))]
        yield children


def upgrade_tables(plan: Plan) -> None:
    """Bring Prefect's and hemgang's tables to the version that is installed, before anything uses them.

    Raises:
        ConfigurationError: Prefect's tables could not be upgraded; names the log.
    """
    upgrading = [*PREFECT, "server", "database", "upgrade", "--yes"]
    process = start_logged(upgrading, plan.for_server("upgrade"), plan.log("upgrade"))
    try:
        code = process.wait(START_SECONDS)
    except TimeoutExpired:
        process.kill()
        code = process.wait()
    if code:
        raise ConfigurationError(f"the upgrade of Prefect's tables failed; see {plan.log('upgrade')}")
    database = open_database(plan.database)
    upgrade(database)
    database.close()


def start_servers(plan: Plan) -> list[Child]:
    """Start Prefect's processes: one server with its services in it, or several, and the services apart."""
    if not plan.ports.servers:
        return [_start_server(plan, "server", plan.ports.page)]
    start = partial(
        start_logged, [*PREFECT, "server", "services", "start"], plan.for_server("services"), plan.log("services")
    )
    servers = [
        _start_server(plan, f"server-{number}", port, "--no-services")
        for number, port in enumerate(plan.ports.servers, 1)
    ]
    return [*servers, start_child("the services of Prefect", start)]


def _start_server(plan: Plan, name: str, port: int, *words: str) -> Child:
    command = [*PREFECT, "server", "start", "--host", plan.host, "--port", str(port), *words]
    return start_child(name, partial(start_logged, command, plan.for_server(name), plan.log(name)))


def wait_for_servers(plan: Plan, children: Sequence[Child]) -> None:
    """Wait until every API server and the page answer.

    Raises:
        ConfigurationError: a process ended, or a server did not answer in time; names the folder of logs.
    """
    ends = time.monotonic() + START_SECONDS
    waiting = [plan.ports.page, *plan.ports.servers]
    while waiting:
        ended = [child.name for child in children if child.process.poll() is not None]
        if ended or time.monotonic() > ends:
            who = ", ".join(ended) or f"port {waiting[0]}"
            raise ConfigurationError(f"{who} did not start; see {plan.folder / 'logs'}")
        waiting = [port for port in waiting if not _answers(plan.host, port)]
        time.sleep(SETTLE_SECONDS)


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/api/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def start_clients(plan: Plan) -> list[Child]:
    """Start the engines and the worker, which first puts the deployments into its work pool."""
    parts = {f"engine-{number}": ["deployments.engine"] for number in range(1, plan.engines + 1)}
    if plan.worker:
        parts["worker"] = ["deployments.work_pool", "--work"]
    environment = plan.for_engine()
    return [
        start_child(name, partial(start_module, words[0], environment, plan.log(name), *words[1:]))
        for name, words in parts.items()
    ]


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
            restart_if_ended(child, now=time.monotonic())


def _missing(plan: Plan, seconds: float, swept: int) -> str:
    """Return what has not been at work in the last `seconds`, "" where all has."""
    prefect = f"postgresql://prefect:{plan.passwords.prefect}@{plan.host}:{plan.ports.postgresql}/prefect"
    try:
        if plan.engines and _count(plan.database, SWEPT) <= swept:
            return "the engines"
        if plan.embedded:
            return ""
        if _count(prefect, WATCHING, seconds) < plan.engines:
            return "one of the engines"
        return "the worker" if plan.worker and not _count(prefect, CALLED, seconds) else ""
    except psycopg.OperationalError:
        return "PostgreSQL"


def _count(database: str, query: str, *values: float) -> int:
    with psycopg.connect(database) as connection:
        [count] = connection.execute(query.encode(), values or None).fetchone() or (0,)
        return int(count)


def _tell(plan: Plan, processes: int, *, seconds: float) -> None:
    """Write the environment for whoever works with the stand, and say where everything is."""
    file = plan.folder / "stand.env"
    write_private(file, "".join(f"{name}='{value}'\n" for name, value in plan.for_clients().items()))
    sys.stderr.write(
        f"everything is up after {seconds:.0f} s: {processes} processes\n"
        f"the Prefect page: {plan.api.removesuffix('/api')}  (its password: PREFECT_API_AUTH_STRING in {file})\n"
        f"to work with it: set -a; . {file}; set +a; hemgang doctor; hemgang ingest FILE\n"
        f"logs: {plan.folder / 'logs'}  (stop: Ctrl-C)\n"
    )


def _keep_until_stopped(children: Sequence[Child]) -> None:
    """Keep the children until a signal comes; a second one does not cut their ending short."""
    try:
        supervise(children)
    except KeyboardInterrupt:
        ignore_signals()
        sys.stderr.write("stopping\n")


if __name__ == "__main__":
    sys.exit(main())
