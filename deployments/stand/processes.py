"""The processes of a stand that are ours or Prefect's: API servers, services, balancer, worker, engines."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from functools import partial

from deployments.keeping import Child, kept, start_logged, start_module
from deployments.stand.plan import Plan
from hemgang.errors import ConfigurationError
from hemgang.store.database import open_database
from hemgang.store.migrate import upgrade

PREFECT = (sys.executable, "-m", "deployments.privately")
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
    start = partial(start_module, "deployments.stand.balance", plan.for_engine(), plan.log("balance"), *places)
    children.append(kept("the balancer", start))
    return children


def start_clients(plan: Plan) -> list[Child]:
    """Start the engines and the worker, which first puts the deployments into its work pool."""
    parts = {f"engine-{number}": ["deployments.engine"] for number in range(1, plan.engines + 1)}
    if plan.worker:
        parts["worker"] = ["deployments.pool", "--work"]
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
