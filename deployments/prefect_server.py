"""Prefect's settings for hemgang, with which nothing leaves the machine, and its server as a child process."""

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from types import MappingProxyType

from deployments.supervisor import Process, acquire_lock, start_logged, stop
from hemgang.errors import ConfigurationError

HOST = "127.0.0.1"
START_SECONDS = 120.0
PORTS = 50

PRIVACY_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    }
)
"""Analytics, telemetry and promotion: off, whatever the environment says."""

LOG_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).with_name("logging.yml")),
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    }
)

REDIS_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
    }
)
"""What several API servers of one Prefect must share, each by its module in `prefect_redis`."""

SERVER_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "30",
    }
)
"""For Prefect's own processes where there are several: two that make tables or blocks at once end with an error."""

REDIS = "PREFECT_REDIS_MESSAGING_URL"
"""The Redis that several API servers share (`redis://:password@host:port/0`); named nowhere else."""


def apply_server_settings(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set, where nothing is set yet, what Prefect's own processes need in production; see `deployments/README.md`."""
    settings = dict(SERVER_SETTINGS)
    if address := environment.get(REDIS):
        settings |= REDIS_MODULES
        settings |= dict.fromkeys(("PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL", "PREFECT_SERVER_DOCKET_URL"), address)
    for name, value in settings.items():
        environment.setdefault(name, value)


def prefect_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment for a Prefect process: what leaves the machine is off, whatever the base says."""
    environment = dict(os.environ if base is None else base)
    for name, value in LOG_SETTINGS.items():
        environment.setdefault(name, value)
    return {**environment, **PRIVACY_SETTINGS}


def apply_prefect_settings(environment: MutableMapping[str, str] = os.environ) -> None:
    """Turn off, in this process, what would leave the machine; to be called before Prefect is imported."""
    environment.update(PRIVACY_SETTINGS)
    for name, value in LOG_SETTINGS.items():
        environment.setdefault(name, value)


def free_port(wanted: int = 0, host: str = HOST) -> int:
    """Return `wanted` if it is free on an address of this machine, else a port that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError(f"no free port on {host}")


def reserve_port(wanted: int, host: str = HOST) -> int:
    """Return `wanted`, or the next port that is free and that no other hemgang of this machine has reserved.

    A server listens only after half a minute: until this process ends, a lock tells others that start meanwhile.
    """
    for port in range(wanted, wanted + PORTS):
        if free_port(port, host) == port and _is_ours(port):
            return port
    return free_port(0, host)


def _is_ours(port: int) -> bool:
    """Take the lock of a port; False if another has it, or it is another user's."""
    try:
        return acquire_lock(Path(gettempdir()) / f"hemgang-port-{port}.lock") is not None
    except OSError:
        return False


@contextmanager
def prefect_server(home: Path, *, port: int, log: Path) -> Iterator[str]:
    """Yield the API's URL of a server that answers; its data lies in `home`, its output in `log`.

    Raises:
        ConfigurationError: the server did not answer in time; names the log.
    """
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://{HOST}:{port}/api"
    child = start_prefect_server(home, port=port, log=log)
    try:
        wait_until_healthy(child, f"{url}/health", log)
        yield url
    finally:
        stop(child)


def start_prefect_server(home: Path, *, port: int, log: Path, end_with_parent: bool = False) -> Process:
    """Start a server without waiting for it; its data lies in `home`, its output in `log`."""
    url = f"http://{HOST}:{port}/api"
    environment = prefect_environment() | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    return start_logged(command, environment, log, end_with_parent=end_with_parent)


def wait_until_healthy(child: Process, health: str, log: Path) -> None:
    """Wait until a started server answers.

    Raises:
        ConfigurationError: it ended, or did not answer in time; names the log.
    """
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if child.poll() is not None:
            raise ConfigurationError(f"the Prefect server ended at once; see {log}")
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:  # noqa: S310  a fixed loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise ConfigurationError(f"the Prefect server did not answer within {START_SECONDS:.0f} s; see {log}")
