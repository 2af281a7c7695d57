"""Starts the parts of a stand in their order, keeps them running, and ends them."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deployments.keeping import Child, end_at_signals, is_root, keep, stop_together
from deployments.stand.databases import start_postgresql
from deployments.stand.messaging import start_redis
from deployments.stand.plan import Plan, choose_ports, passwords, write_private
from deployments.stand.processes import start_clients, start_servers, upgrade_tables, wait_for_servers
from deployments.stand.programs import has_trigrams, postgresql_programs, redis_program
from deployments.stand.ready import wait_for_clients
from hemgang.settings import read_settings

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
